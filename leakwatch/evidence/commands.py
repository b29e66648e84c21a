"""The replay as shell lines for a stranger who has only openssl, base64, gzip and python3 (standard library).

They read `message.bin` (the stored message) and the variable VALUE, write each intermediate into a file of its own, and
end with a comparison: `proved` or a difference. A layer that takes another program (brotli, zstd) names it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from leakwatch.evidence.proof import Proof, ProofStep

HEAD = """#!/bin/sh
# leak {leak}: {identifier} in {location}, {direction} of exchange {exchange}
# message.bin is the stored message: {size} bytes, SHA-256 {sha256}
set -eu
"""
_MESSAGE_HIDDEN = """# VALUE is the identifier's value in the device profile. Both are left out: they are personal data.
# leakwatch prove {leak} --message message.bin writes the message; --commands --reveal prints everything.
: "${{VALUE:?set VALUE to the identifier}}"
"""
_OPENSSL = {
    "md5": "md5", "sha1": "sha1", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512",
    "sha512_256": "sha512-256", "sha3_224": "sha3-224", "sha3_256": "sha3-256", "sha3_384": "sha3-384",
    "sha3_512": "sha3-512", "blake2b": "blake2b512", "blake2s": "blake2s256", "sm3": "sm3", "ripemd160": "rmd160",
}  # fmt: skip
_FROM_HEX = "python3 -c 'import sys;sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'"
_RENDER = {
    "hex": "",
    "hex, upper case": " | tr a-f A-F",
    "raw bytes": f" | {_FROM_HEX}",
    "raw": f" | {_FROM_HEX}",
    "base64": f" | {_FROM_HEX} | base64 | tr -d '\\n'",
}
_SIMPLE: dict[str, str] = {
    "gzip": "zlib.decompressobj(31).decompress(d)",
    "zlib": "zlib.decompressobj(15).decompress(d)",
    "deflate": "zlib.decompressobj(15 if d[:1]==b'x' else -15).decompress(d)",
    "base64": "base64.b64decode((lambda t:t[:len(t)-(len(t)%4==1)]+b'='*(-len(t)%4))"
    "(re.sub(rb'\\\\[rn]|\\s|=',b'',d).translate(bytes.maketrans(b'-_',b'+/'))))",
    "base32": "(lambda t:(base64.b32decode if re.fullmatch(rb'[A-Z2-7]*',t) else base64.b32hexdecode)"
    "(t+b'='*(-len(t)%8)))(re.sub(rb'\\s|=',b'',d).upper())",
    "base85": "base64.b85decode(d.strip())",
    "ascii85": "base64.a85decode(d,adobe=d.lstrip().startswith(b'<~'))",
    "hex": "bytes.fromhex(re.sub(rb'0[xX]|\\\\x|[^0-9a-fA-F]',b'',d).decode())",
    "percent": "urllib.parse.unquote_to_bytes(d)",
    "entity": "html.unescape(d.decode()).encode()",
    "quoted-printable": "quopri.decodestring(d)",
    "unicode-escape": "re.sub(r'\\\\+u([0-9a-fA-F]{4})',lambda m:chr(int(m[1],16)),d.decode())"
    ".encode('utf-16','surrogatepass').decode('utf-16').encode()",
    "hex-escape": "codecs.escape_decode(d)[0]",
    "utf-16le": "d.decode('utf-16-le').encode()",
    "utf-16be": "d.decode('utf-16-be').encode()",
    "gbk": "d.decode('gb18030').encode()",
    "json": "json.loads(b'\"'+d+b'\"',strict=False).encode()",
    "varint": "str(sum((b&127)<<7*i for i,b in enumerate(d))).encode()",
    "double": "repr(struct.unpack('<d',d)[0]).encode()",
    "rot13": "codecs.encode(d.decode('latin-1'),'rot13').encode('latin-1')",
    "reverse": "d[::-1]",
}
_PLAIN_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_CHECKSUM = "b'%%08x' %% zlib.%s(d)"
_PROGRAMS = {"brotli": "brotli -dc", "zstd": "zstd -dcq", "lz4": "lz4 -dcq"}
_PROVIDER = {"rc4": " -provider legacy -provider default", "des-cbc": " -provider legacy -provider default",
             "des-ecb": " -provider legacy -provider default"}  # fmt: skip
"""What OpenSSL 3 keeps apart."""
_IMPORTS = "import base64,codecs,hashlib,hmac,html,json,quopri,re,struct,sys,urllib.parse,zlib"


def commands(proof: Proof, reveal: bool = False) -> Iterator[str]:
    """Yield the shell lines of a proof that holds."""
    record = proof.record
    facts = {name: record[name] for name in ("leak", "identifier", "location", "direction", "exchange")}
    yield HEAD.format(**facts, size=proof.message_size, sha256=proof.message_sha256).rstrip("\n")
    value = next((step for step in proof.steps if step.name == "value"), None)
    if reveal and value is not None:
        yield f"VALUE={shlex.quote(value.data.decode('utf-8', 'replace'))}"
        yield from _message(proof)
    else:
        yield _MESSAGE_HIDDEN.format(leak=record["leak"]).rstrip("\n")
    yield f"echo '{proof.message_sha256}  message.bin' | sha256sum -c -"
    yield from _inward([step for step in proof.steps if step.side == "bytes"], reveal)
    yield from _outward([step for step in proof.steps if step.side == "value" and step.name != "value"], reveal)
    yield from _meeting(proof)


def _message(proof: Proof) -> Iterator[str]:
    import base64

    yield "base64 -d > message.bin <<'END'"
    yield base64.encodebytes(proof.message).decode().rstrip("\n")
    yield "END"


def _inward(steps: list[ProofStep], reveal: bool) -> Iterator[str]:
    """From the stored bytes inward: 0.bin is the part, each layer the next number."""
    yield "# from the stored bytes"
    above = b""
    for number, step in enumerate(steps):
        source = f"{number - 1}.bin" if number else "message.bin"
        cut = f"tail -c +{step.start + 1} {source} | head -c {step.extent}" if step.extent >= 0 else f"cat {source}"
        names = f" {step.name}" if number else f" {step.name}, {step.detail}"
        yield f"{_opened(cut, step, above, reveal)} > {number}.bin  #{names}".replace("\n", " ")
        above = step.data


def _opened(cut: str, step: ProofStep, above: bytes, reveal: bool) -> str:
    run = above[step.start : step.start + step.extent] if step.extent >= 0 else above
    name = step.recipe[-1] if step.recipe else ""
    if not step.recipe or run == step.data:
        return cut  # the bytes stand there as they are: framing, a field of a binary container
    if step.recipe[0] == "sealed":
        cipher, key, iv, skip = step.recipe[1:]
        secret = f"-K {key}" if reveal else '-K "${KEY:?set KEY to the key of the profile, in hex}"'
        vector = f" -iv {iv}" if iv else ""
        return (
            f"{cut} | tail -c +{int(skip) + 1} | openssl enc -d -{cipher} {secret}{vector}{_PROVIDER.get(cipher, '')}"
        )
    if name == "gzip" and len(step.recipe) == 1:
        return f"{cut} | gzip -dc"
    if name == "base64" and len(step.recipe) == 1 and (text := _from_base64(run, step.data)):
        return f"{cut} | {text}"
    if name in _PROGRAMS:
        return f"{cut} | {_PROGRAMS[name]}"
    if name == "xor":
        from leakwatch.evidence.undo import repeated_key

        stream = repeated_key(run, step.data)
        return f"{cut} | {_python(f'bytes(b^k for b,k in zip(d,{stream!r}*len(d)))')}"
    if name in ("uint64", "fixed64", "fixed32"):
        return f"{cut} | {_python(_integer(run, step.data))}"
    if name in ("graphql", "ndjson"):
        name = "json"
    if name in ("form", "multipart", "csv"):
        name = "percent"
    if name in ("xml", "plist"):
        name = "entity"
    if name in _SIMPLE:
        return f"{cut} | {_python(_SIMPLE[name])}"
    return f"{cut} | {_python('d')}  # {name}: undone by a library that python3 does not bring;"


def _integer(run: bytes, digits: bytes) -> str:
    """Return what reads a number; CBOR and MessagePack tell its width in a byte before it."""
    skip = len(run) % 2
    order = "big" if str(int.from_bytes(run[skip:], "big")).encode() == digits else "little"
    return f"str(int.from_bytes(d[{skip}:],{order!r})).encode()"


def _from_base64(run: bytes, plain: bytes) -> str:
    """Return what undoes base64 in the shell, of the standard alphabet or another; nothing for the URL-safe one."""
    from leakwatch.decoders.alphabets import STANDARD
    from leakwatch.evidence.undo import alphabet_of, substituted

    alphabet = alphabet_of(run, plain)
    if alphabet == STANDARD and _PLAIN_BASE64.match(run):
        return "base64 -d"
    if alphabet[:62] == STANDARD[:62]:
        return ""
    theirs, ours = (alphabet, STANDARD) if alphabet else substituted(run, plain)
    table = f"bytes.maketrans({theirs!r},{ours!r})"
    return _python(_SIMPLE["base64"].replace("bytes.maketrans(b'-_',b'+/')", table))


def _python(expression: str) -> str:
    program = f"{_IMPORTS};d=sys.stdin.buffer.read();sys.stdout.buffer.write({expression})"
    return f"python3 -c {shlex.quote(program)}"


def _outward(steps: list[ProofStep], reveal: bool) -> Iterator[str]:
    """From the value outwards into `value.bin`."""
    yield "# from the value"
    for number, step in enumerate(steps):
        if number == 0:
            yield from _form(step, reveal)
        else:
            yield f"{_transform(step)} > next.bin  # {step.name}: {step.detail}".replace("\n", " ")
            yield "mv next.bin value.bin"


def _form(step: ProofStep, reveal: bool) -> Iterator[str]:
    """The normal form: shown as bytes on `reveal`; else said in words, and made where one command makes it."""
    yield f"# {step.name}: {step.detail}"
    simple = FORMS.get(step.detail)
    if simple is not None and step.name == "normal form":
        yield f'printf %s "$VALUE"{simple} > value.bin'
    elif reveal:
        yield f"python3 -c 'import sys;sys.stdout.buffer.write(bytes.fromhex(\"{step.data.hex()}\"))' > value.bin"
    else:
        yield "# write VALUE in this form (the form's name is explained in docs/identifiers.md) into value.bin"
        yield 'printf %s "$FORM" > value.bin'


FORMS = {
    "as it stands in the profile": "",
    "lower": " | tr A-Z a-z",
    "upper": " | tr a-z A-Z",
    "no separators": " | tr -d ':-'",
    "no separators, lower": " | tr -d ':-' | tr A-Z a-z",
    "no separators, upper": " | tr -d ':-' | tr a-z A-Z",
}
"""Normal forms that one command makes of VALUE."""


def _transform(step: ProofStep) -> str:
    kind, *rest = step.recipe or ("",)
    rendering = step.recipe[-1] if step.recipe else ""
    tail = _RENDER.get(rendering, "")
    if kind == "digest" and rendering in _RENDER:
        return f"{_digest('cat value.bin', rest[0])}{tail}"
    if kind == "cut":
        return f"{_digest('cat value.bin', rest[0])} | cut -c{int(rest[1]) + 1}-{rest[2]} | tr -d '\\n'{tail}"
    if kind == "salted":
        salt = _raw(rest[2]), _raw(rest[3])
        before = f"{{ {salt[0]}; {salt[1]}; cat value.bin; }}"
        mixed = before if rest[1] == "before" else f"{{ cat value.bin; {salt[1]}; {salt[0]}; }}"
        return f"{_digest(mixed, rest[0])}{tail}"
    if kind == "hmac":
        program = f"hmac.new(bytes.fromhex({rest[1]!r}),d,{rest[0]!r}).hexdigest().encode()"
        return f"cat value.bin | {_python(program)}{tail}"
    if kind == "base64":
        return "base64 < value.bin | tr -d '\\n'"
    return f"python3 -c 'import sys;sys.stdout.buffer.write(bytes.fromhex(\"{step.data.hex()}\"))'"


def _raw(text: str) -> str:
    """A command that writes bytes given in hex."""
    escaped = "".join(f"\\{byte:03o}" for byte in bytes.fromhex(text))
    return f"printf '{escaped}'"


def _digest(source: str, name: str) -> str:
    if name in _OPENSSL:
        return f"{source} | openssl dgst -{_OPENSSL[name]} -r | cut -d' ' -f1 | tr -d '\\n'"
    if name in ("crc32", "adler32"):
        return f"{source} | {_python(_CHECKSUM % name)}"
    return f"{source} | {_python(f'hashlib.new({name!r},d).hexdigest().encode()')}"


def _meeting(proof: Proof) -> Iterator[str]:
    meeting = next((step for step in proof.steps if step.side == "meeting"), None)
    last = sum(step.side == "bytes" for step in proof.steps) - 1
    if meeting is None or last < 0:
        return
    yield "# where they meet"
    if meeting.name != "equal":
        yield f"cat {last}.bin; echo  # {meeting.detail}"
        return
    yield f"tail -c +{meeting.start + 1} {last}.bin | head -c {meeting.extent} > found.bin"
    yield "cmp found.bin value.bin && echo proved"
