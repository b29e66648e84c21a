"""The replay as a shell script for a stranger who has only openssl, base64, gzip and python3 (standard library).

It reads `message.bin` (the stored message) and the variable VALUE, keeps each intermediate in a file of its own, says
`ok` after each step, and ends with `proved` or with the one line that says at which step it is not. What python3 has to
do is printed with it, in plain Python; a layer that takes another program (brotli, zstd) names it before anything else.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from leakwatch.evidence.plain import PLAIN_DIGESTS, source
from leakwatch.evidence.proof import Proof, ProofStep
from leakwatch.evidence.recipes import Command, python, undoing
from leakwatch.evidence.spelling import calls

_HEAD = """#!/bin/sh
# Replay of leak {leak}: {identifier} as {chain} in {location}, {direction} of exchange {exchange}.
# Needs a POSIX shell, {tools}; python3 from 3.9 on, no packages. Writes its files into this folder.
# Exit status: 0 proved, 1 not proved (one line says at which step), 3 something that it needs is missing.
set -u
umask 077
missing() {{ echo "cannot replay: $1" >&2; exit 3; }}
for tool in {names}; do
    command -v "$tool" > /dev/null || missing "$tool is not installed"
done
"""
_STEPS = """
# Each step says ok where the command before it succeeded. What the tools complain of stands in errors.txt.
step() { if [ $? = 0 ]; then echo "ok $1"; else echo "not proved: step ${2:-$1}" >&3; exit 1; fi; }
exec 3>&2 2> errors.txt
"""
_PYTHON = """
# What python3 has to do, in plain Python.
cat > replay.py <<'END'
from __future__ import annotations

import sys"""
_USUAL = ("openssl", "base64", "gzip", "python3")
_OPENSSL = {
    "md5": "md5", "sha1": "sha1", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512",
    "sha512_256": "sha512-256",
    "sha3_224": "sha3-224", "sha3_256": "sha3-256", "sha3_384": "sha3-384", "sha3_512": "sha3-512",
    "blake2b": "blake2b512", "blake2s": "blake2s256", "sm3": "sm3", "ripemd160": "ripemd160", "whirlpool": "whirlpool",
}  # fmt: skip
_SINCE = {"sm3": "1.1.1", "ripemd160": "with RIPEMD-160 (not 3.0.0 to 3.0.6)", "whirlpool": "with Whirlpool"}
_SINCE |= {name: "1.1.1" for name in _OPENSSL if name.startswith(("sha3", "blake2"))}
_RENDERED = {"": "", "hex": "", "hex, upper case": " | tr a-f A-F"}
_VARIABLES = {
    "VALUE": "the identifier's value in the device profile",
    "KEY": "the cipher's key of the profile, in hex",
    "SALT": "the salt or HMAC key, in hex",
    "PLAINTEXT": "the file that holds the plaintext which the hook log records for this ciphertext",
}
_MAIN = """

name, *arguments = sys.argv[1:]
sys.stdout.buffer.write(globals()[name](sys.stdin.buffer.read(), *arguments))
"""


def commands(proof: Proof, reveal: bool = False) -> Iterator[str]:
    """Yield the script's lines for a proof that holds; without `reveal` they hold no personal data and no key."""
    script = _Script(proof, reveal)
    script.write()
    yield from script.head()
    yield from script.lines
    if script.gap:
        yield f"missing {shlex.quote(script.gap)}"
        return
    yield f"echo {shlex.quote('proved: ' + _plain(script.claim()))}"


def gap(proof: Proof) -> str:
    """Return why the commands cannot replay all of a proof; empty where they can."""
    script = _Script(proof, False)
    script.write()
    return script.gap


def _plain(text: str) -> str:
    """Words of captured traffic on one line of a shell script: nothing that ends a comment or moves the cursor."""
    return "".join(char if char.isprintable() else "?" for char in text)


@dataclass(slots=True)
class _Script:
    """Collects the steps, and what they need."""

    proof: Proof
    reveal: bool
    lines: list[str] = field(default_factory=list)
    number: int = 0
    functions: list[str] = field(default_factory=list)
    expression: str = ""
    programs: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=lambda: ["VALUE"])
    gap: str = ""

    def claim(self) -> str:
        """What the last line says was shown."""
        record = self.proof.record
        chain = " › ".join(record["chain"]) or "as it is"
        return f"{record['identifier']} stands in {record['location']} of message.bin, {chain}"

    # -- what stands first ---------------------------------------------------------------------------------------------

    def head(self) -> Iterator[str]:
        """Yield what it is, what it needs, and the Python that it calls."""
        record = self.proof.record
        facts = {
            name: _plain(str(record[name])) for name in ("leak", "identifier", "location", "direction", "exchange")
        }
        tools = [*_USUAL, *self.programs]
        chain = " › ".join(record["chain"]) or "it is"
        yield _HEAD.format(**facts, chain=chain, tools=", ".join(tools), names=" ".join(tools)).rstrip("\n")
        for name in self.digests:
            if name in _SINCE:
                yield f"openssl dgst -{_OPENSSL[name]} < /dev/null > /dev/null 2>&1 ||"
                yield f'    missing "this openssl has no {name}: take OpenSSL {_SINCE[name]}"'
        yield from self._given()
        if self.functions or self.expression:
            yield _PYTHON
            if self.functions:
                yield f"\n\n{source(self.functions)}"
            if self.expression:
                yield '\n\ndef spelled(d: bytes) -> bytes:\n    """VALUE in the form that was sent or digested."""'
                imports = [name for name in ("base64", "ipaddress", "uuid") if f"{name}." in self.expression]
                yield from (f"    import {name}" for name in imports)
                yield f"    v = d.decode()\n    return {self.expression}"
            yield f"{_MAIN}END"
        yield _STEPS

    def _given(self) -> Iterator[str]:
        """The message and the secrets: printed on `reveal`, else asked for."""
        if self.reveal:
            yield f"VALUE={shlex.quote(_value(self.proof).data.decode('utf-8', 'replace'))}"
            yield "base64 -d > message.bin <<'END'"
            yield base64.encodebytes(self.proof.message).decode() + "END"
        else:
            yield "# The message and these values are left out: they are personal data, or open it."
            for name in self.variables:
                yield f'[ -n "${{{name}:-}}" ] || missing "set {name} to {_VARIABLES[name]}"'
            write = f"leakwatch prove {self.proof.record['leak']} --message message.bin"
            yield f'[ -r message.bin ] || missing "message.bin is not in this folder; {write} writes it"'

    # -- the steps -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Make every step."""
        digest = f"[ \"$(openssl dgst -sha256 -r < message.bin | cut -d' ' -f1)\" = {self.proof.message_sha256} ]"
        words = f"message.bin: {self.proof.message_size} bytes with the SHA-256 that was stored"
        self._step(words, digest, failure="message.bin is not the message that was stored: its SHA-256 differs")
        opened = [step for step in self.proof.steps if step.side == "bytes"]
        for place, step in enumerate(opened):
            self._inward(place, step, opened)
        meeting = next(step for step in self.proof.steps if step.side == "meeting")
        if meeting.name == "near":
            self._near(meeting)
            return
        for step in self.proof.steps:
            if step.side == "value" and step.name != "value":
                self._outward(step)
        self._equal(meeting)

    def _step(self, words: str, shell: str, command: Command | None = None, failure: str = "") -> None:
        """One step: its words, the shell that has to succeed, what that needs, and what is said where it fails."""
        self.number += 1
        for name in command.functions if command else ():
            if name not in self.functions:
                self.functions.append(name)
        if command and command.program and command.program not in self.programs:
            self.programs.append(command.program)
        if command and command.asks and command.asks not in self.variables:
            self.variables.append(command.asks)
        told = [f"{self.number}: {_plain(text)}" for text in (words, failure) if text]
        if command and command.asks and not failure:
            told.append(f"{told[0]}. Is {command.asks} the right one?")
        self.lines.append(shell)
        self.lines.append(f"step {' '.join(shlex.quote(text) for text in told)}")

    def _inward(self, place: int, step: ProofStep, opened: list[ProofStep]) -> None:
        origin, above = "message.bin", self.proof.message
        if step.above >= 0:
            origin, above = f"{step.above}.bin", opened[step.above].data
        run = above[step.start : step.start + step.extent]
        command = undoing(step.recipe, run, above, step.data, self.reveal)
        if command is None:
            self.gap = self.gap or f"nothing that a shell brings undoes step {self.number + 1}, {step.name}"
            return
        cut = _cut(origin, step.start, step.extent, len(above))
        undone = "" if command.shell == "cat" else f" | {command.shell}"
        if cut.startswith("cat ") and undone and " | " not in command.shell:
            cut, undone = f"{command.shell} < {origin}", ""
        self._step(f"{step.name}, {step.detail}", f"{cut}{undone} > {place}.bin", command)

    def _outward(self, step: ProofStep) -> None:
        kind, *rest = step.recipe or ("",)
        words = f"from VALUE, {step.name}" + (f": {step.detail}" if step.detail else "")
        if kind == "spelled" and rest[0] == "v.encode()":
            self._step(words, 'printf %s "$VALUE" > value.bin')
        elif kind == "spelled":
            self.expression = rest[0]
            shell = 'printf %s "$VALUE" | python3 replay.py spelled > value.bin'
            self._step(words, shell, Command("", tuple(calls(rest[0]))))
        elif kind in ("digest", "cut", "salted", "hmac"):
            self._digest(words, kind, rest)
        elif kind == "base64":
            self._step(words, "base64 < value.bin | tr -d '\\n' > next.bin && mv next.bin value.bin")
        elif kind:
            command = python(*(rest if kind == "pattern" else step.recipe))
            self._step(words, f"{command.shell} < value.bin > next.bin && mv next.bin value.bin", command)
        else:
            self.gap = self.gap or f"no command makes {step.name} ({step.detail})"

    def _digest(self, words: str, kind: str, rest: list[str]) -> None:
        name, before, after, how = rest[0], "cat value.bin", "", rest[-1]
        if kind == "salted":
            salt, sign = self._secret(rest[2]), _octal(rest[3])
            before = (
                f"{{ {salt}; {sign}cat value.bin; }}" if rest[1] == "before" else f"{{ cat value.bin; {sign}{salt}; }}"
            )
        if kind == "cut":
            after = f" | cut -c{int(rest[1]) + 1}-{rest[2]} | tr -d '\\n'"
            how = {"raw": "raw bytes"}.get(how, how)
        command = self._digester(kind, name, rest)
        writing = python("written", how) if how not in _RENDERED else Command(_RENDERED[how])
        tail = f" | {writing.shell}" if writing.functions else writing.shell
        made = Command("", (*command.functions, *writing.functions), asks=command.asks)
        self._step(words, f"{before} | {command.shell}{after}{tail} > next.bin && mv next.bin value.bin", made)

    def _digester(self, kind: str, name: str, rest: list[str]) -> Command:
        if kind == "hmac":
            if self.reveal:
                return python("keyed", name, rest[1])
            return Command(f'python3 replay.py keyed {name} "$SALT"', ("keyed",), asks="SALT")
        if name in PLAIN_DIGESTS:
            return python(*PLAIN_DIGESTS[name])
        if name in _OPENSSL:
            self.digests.append(name)
            return Command(f"openssl dgst -{_OPENSSL[name]} -r | cut -d' ' -f1 | tr -d '\\n'")
        self.gap = self.gap or f"openssl has no {name}"
        return Command("cat")

    def _secret(self, salt: str) -> str:
        """A command that writes the salt."""
        if self.reveal:
            return _octal(salt).removesuffix("; ") or ":"
        if "SALT" not in self.variables:
            self.variables.append("SALT")
        self.functions += [] if "hex_text" in self.functions else ["hex_text"]
        return 'printf %s "$SALT" | python3 replay.py hex_text'

    # -- where they meet -----------------------------------------------------------------------------------------------

    def _equal(self, meeting: ProofStep) -> None:
        end, last = meeting.ends[0], [step for step in self.proof.steps if step.side == "bytes"][meeting.ends[0]]
        self.lines.append(f"{_cut(f'{end}.bin', meeting.start, meeting.extent, len(last.data))} > found.bin")
        count = f"{meeting.extent} byte{'s' if meeting.extent != 1 else ''}"
        if not any(step.recipe[:1] == ("pattern",) for step in self.proof.steps):
            failure = f"what was made of VALUE is not what stands in the message{self._doubt()}"
            self._step(f"{count} in the message are those made of VALUE", "cmp -s found.bin value.bin", failure=failure)
            return
        pattern = python("pattern")
        for file in ("found.bin", "value.bin"):
            self.lines.append(f"{pattern.shell} < {file} > next.bin && mv next.bin {file}")
        words = "symbols are equal in the message where those made of VALUE are"
        failure = f"the message has other symbols equal than what was made of VALUE{self._doubt()}"
        self._step(f"{count}: {words}", "cmp -s found.bin value.bin", pattern, failure)

    def _near(self, meeting: ProofStep) -> None:
        files = [f"cat {end}.bin" for end in meeting.ends]
        if len(files) == 1:
            last = [step for step in self.proof.steps if step.side == "bytes"][meeting.ends[0]]
            files = [_cut(f"{meeting.ends[0]}.bin", meeting.start, meeting.extent, len(last.data))]
        texts = "; printf '\\n\\n\\n\\n'; ".join(files)
        command = python("near", *meeting.recipe)
        shell = f'{{ {texts}; }} | {command.shell} "$VALUE" > distance.txt'
        failure = "the coordinates in the message are not near VALUE"
        self._step(f"the coordinates in the message: {meeting.detail}", shell, command, failure)

    def _doubt(self) -> str:
        asked = [name for name in self.variables if name != "VALUE" and not self.reveal]
        return f"; are VALUE and {' and '.join(asked)} the right ones?" if asked else ""


def _cut(origin: str, start: int, extent: int, size: int) -> str:
    """A command that writes a run of a file."""
    if start == 0:
        return f"cat {origin}" if extent == size else f"head -c {extent} {origin}"
    return f"tail -c +{start + 1} {origin}{'' if start + extent == size else f' | head -c {extent}'}"


def _value(proof: Proof) -> ProofStep:
    return next(step for step in proof.steps if step.name == "value")


def _octal(text: str) -> str:
    """A command that writes bytes given in hex, and its semicolon; nothing for none."""
    escaped = "".join(f"\\{byte:03o}" for byte in bytes.fromhex(text))
    return f"printf '{escaped}'; " if escaped else ""
