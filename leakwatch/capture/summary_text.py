"""Prints a summary: verdict, worst five, recipients, what could not be seen, where things are, what to try next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from leakwatch.capture.summary import Blind, Finding, Recipient, Summary
from leakwatch.capture.wording import (
    PARTY_STYLES,
    PARTY_WORDS,
    clean,
    count_words,
    duration_words,
    middle,
    phase_words,
    share_words,
    shorter_chain,
    size_words,
)
from leakwatch.model import LEDGER_KINDS

_MAX_RECIPIENTS = 12


def print_summary(summary: Summary, console: Console) -> None:
    """Print a summary to a console: on a terminal long lines break between words, but what is to be copied never."""
    for line in summary_lines(summary):
        indent = len(line.plain) - len(line.plain.lstrip(" "))
        if line.no_wrap or not indent or not console.is_terminal:
            console.print(line, soft_wrap=bool(line.no_wrap) or not console.is_terminal, highlight=False)
        else:
            console.print(Padding(line[indent:], (0, 0, 0, indent), expand=False), highlight=False)


def summary_lines(summary: Summary) -> Iterator[Text]:
    """Yield the summary line by line, in the order of EXPERIENCE."""
    yield Text()
    yield Text(headline(summary))
    yield Text(verdict(summary), style="bold")
    if summary.worst:
        yield Text()
        yield from _findings(summary.worst, summary.started)
    if summary.recipients:
        yield Text("\nRecipients")
        yield from (_recipient(r) for r in summary.recipients[:_MAX_RECIPIENTS])
        if len(summary.recipients) > _MAX_RECIPIENTS:
            yield Text(f"  and {len(summary.recipients) - _MAX_RECIPIENTS} more", style="dim")
    yield Text("\nNot seen, or not observable")
    yield from (Text(f"  {line}") for line in blind_lines(summary))
    yield Text("\nWhere it is")
    yield from (Text(f"  {line}", no_wrap=True) for line in _places(summary))
    yield Text("\nTry next")
    yield from (Text(f"  {line}", no_wrap=True) for line in commands(summary))


def headline(summary: Summary) -> str:
    """`com.lvxing.trip 4.2.1 on pixel-8, 6 min 12 s, 184 flows, 91 % of the bytes that reached the proxy readable`."""
    app = " ".join(filter(None, (clean(summary.app), clean(summary.app_version)))) or "No app named"
    parts = [
        f"{app} on {clean(summary.device) or 'an unnamed device'}",
        duration_words(summary.seconds),
        count_words(summary.flows, "flow"),
    ]
    if summary.bytes:
        readable = share_words(summary.bytes - summary.unread, summary.bytes)
        parts.append(f"{readable} of the {size_words(summary.bytes)} that reached the proxy readable")
    return ", ".join(parts)


def verdict(summary: Summary) -> str:
    """Return the verdict in one sentence; it claims no more than what was read."""
    if not summary.complete:
        return f"No verdict: the analysis has not reached the journal's end. {_so_far(summary)}"
    if not summary.flows and not summary.bytes:
        return "Nothing reached the proxy: this says nothing about the app."
    if not summary.identifiers:
        return "No identifier of the profile was seen leaving in what could be read. That is not proof that none does."
    what = count_words(summary.identifiers, "identifier")
    sentence = f"{what} went to {count_words(len(summary.recipients), 'recipient')}"
    if not summary.marked:
        return f"{sentence}; no phase was marked."
    if not summary.before:
        return f"{sentence}; none of them before consent."
    if summary.identifiers == 1:
        return f"{sentence}; before consent."
    share = "all" if summary.before == summary.identifiers else str(summary.before)
    return f"{sentence}; {share} of them before consent."


def _so_far(summary: Summary) -> str:
    found = f"{count_words(summary.identifiers, 'identifier')} so far" if summary.identifiers else "Nothing so far"
    return f"{found}; `leakwatch analyse {summary.capture}` does the rest."


def _findings(worst: Sequence[Finding], started: float) -> Iterator[Text]:
    """One line each, its columns as wide as the widest of them."""
    cells = [
        (
            phase_words(found.phase),
            middle(clean(found.identifier), 14),
            shorter_chain(found.chain, 17),
            f"{middle(found.recipient, 20)} ({PARTY_WORDS.get(found.party, clean(found.party))})",
        )
        for found in worst
    ]
    phases, names, chains, whos = (max(map(cell_len, column)) for column in zip(*cells, strict=True))
    for found, (phase, name, chain, who) in zip(worst, cells, strict=True):
        line = Text(f"  {_wide(phase, phases)}  {_wide(name, names)}  {_wide(chain, chains)} → ")
        line.append(_wide(who, whos), style=PARTY_STYLES.get(found.party, ""))
        line.append(f" ×{found.count}")
        if started and found.first >= started:
            line.append(f"   first +{found.first - started:.1f} s")
        yield line


def _wide(text: str, cells: int) -> str:
    return text + " " * (cells - cell_len(text))


def _recipient(got: Recipient) -> Text:
    line = Text("  ")
    line.append(f"{middle(got.name, 32)} ({PARTY_WORDS.get(got.party, got.party)})", PARTY_STYLES.get(got.party, ""))
    names = [clean(name) for name in got.identifiers]
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    line.append(f": {shown}; {count_words(got.leaks, 'leak')}")
    if got.without_consent:
        line.append(f", {got.without_consent} without consent")
    return line


def _hosts(blind: Blind) -> str:
    names = ", ".join(middle(h, 60) for h in blind.hosts[:3])
    return f" ({names}{', …' if len(blind.hosts) > 3 else ''})" if names else ""


def _of_hosts(words: str) -> Callable[[Blind], str]:
    def say(blind: Blind) -> str:
        return f"{count_words(max(len(blind.hosts), 1), 'host')} {words}{_hosts(blind)}."

    return say


def _of_bytes(words: str) -> Callable[[Blind], str]:
    def say(blind: Blind) -> str:
        amount = size_words(blind.bytes) if blind.bytes else count_words(blind.count, "message")
        return f"{amount} {words}{_hosts(blind)}."

    return say


_WATCHED = "while `leakwatch sniff` watched"
_SENTENCES: dict[str, Callable[[Blind], str]] = {
    "pinned": _of_hosts("refused our certificate"),
    "passed_through": _of_bytes("passed on unread to hosts that refused our certificate"),
    "quic": _of_hosts("used QUIC"),
    "bypassed": lambda blind: (
        _of_hosts("went past the proxy")(blind) if blind.count else f"Nothing was seen to go past the proxy {_WATCHED}."
    ),
    "not_tls": _of_hosts("spoke neither TLS nor a known protocol"),
    "opaque": _of_bytes("encrypted inside; no decoder opened it"),
    "over_budget": _of_bytes("left unread past a limit on depth, size or time"),
    "truncated": _of_bytes("cut short"),
    "undecodable": _of_bytes("not in the encoding that was announced"),
    "not_kept": _of_bytes("not kept, by policy (media, bodies over the cap)"),
    "second_client": lambda blind: f"{count_words(blind.count, 'connection')} of a second device, not attributed.",
    "unreadable": lambda blind: f"{count_words(blind.count, 'record')} of the journal could not be read.",
}
"""Kinds of the ledger that are said in other words than their own meaning."""

_SEEN = ("plaintext",)
"""Kinds that tell of something seen, and so have no line among what was not."""


_PAST = "Traffic that ignored the proxy is not observable in this mode (--mode wireguard takes all of it)."
_OUTSIDE = {
    "regular": _PAST,
    "upstream": _PAST,
    "socks5": _PAST,
    "wireguard": "Traffic outside the tunnel, such as before it was switched on, is not observable.",
    "transparent": "Traffic that was not routed through this computer is not observable.",
}
"""What each mode never takes."""


def _by_its_meaning(blind: Blind) -> str:
    return f"{count_words(blind.count, 'time')} {LEDGER_KINDS.get(blind.kind, clean(blind.kind))}{_hosts(blind)}."


def blind_lines(summary: Summary) -> Iterator[str]:
    """Yield what could not be seen, and what this way of capturing cannot see at all."""
    for blind in summary.blind:
        if blind.kind not in _SEEN:
            yield _SENTENCES.get(blind.kind, _by_its_meaning)(blind)
    mode = summary.mode.partition(":")[0].partition("@")[0]
    if outside := _OUTSIDE.get(mode or "regular"):
        watched = outside == _PAST and any(blind.kind == "bypassed" for blind in summary.blind)
        yield f"Traffic that ignored the proxy is known only {_WATCHED}." if watched else outside
    if summary.weak:
        yield f"{count_words(summary.weak, 'weak match', 'weak matches')} stored and counted in no verdict."
    if summary.came_back:
        yield f"{count_words(summary.came_back, 'leak')} in responses: the sender knows them; counted in no verdict."
    if not summary.complete:
        yield f"The analysis has not reached the journal's end: run `leakwatch analyse {summary.capture}`."


def _places(summary: Summary) -> Iterator[str]:
    yield f"capture   {summary.capture}"
    yield f"database  {summary.database}"
    if summary.journal:
        yield f"journal   {summary.journal}"
    if summary.digest:
        yield f"SHA-256   {summary.digest}"


def commands(summary: Summary) -> list[str]:
    """Return three commands to try next."""
    import shlex

    suffix = f" --db {shlex.quote(summary.database)}"
    phase = " --phase before_consent" if summary.before else ""
    show = f"leakwatch show {summary.worst[0].leak}" if summary.worst else "leakwatch captures"
    return [
        f"leakwatch leaks --capture {summary.capture}{phase}{suffix}",
        f"{show}{suffix}",
        f"leakwatch coverage {summary.capture}{suffix}",
    ]
