"""Host names: brought to one form, cut into suffixes, matched by exact name, suffix or pattern."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_HOST = 253
_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")


def normal_host(text: str) -> str:
    """Return the host in lower case, without scheme, user, port, brackets and trailing dots, in punycode.

    A URL gives its host. What is no host name or address gives '' (RFC 1035 §2.3.4: 253 characters at most).
    """
    host = text[:4096].strip().lower()
    if _PLAIN.match(host) and len(host) <= MAX_HOST:
        return host
    if "://" in host:
        host = host.partition("://")[2]
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0].rpartition("@")[2]
    if host.startswith("["):
        return _address(host[1:].partition("]")[0])
    if host.count(":") > 1:
        return _address(host)
    host = host.partition(":")[0].replace("。", ".").strip(".")
    if not host.isascii():
        host = _punycode(host)
    return host if len(host) <= MAX_HOST and _PLAIN.match(host) else ""


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


def _punycode(host: str) -> str:
    """Return the IDNA 2003 form (RFC 3490), label by label; '' where a label has none."""
    labels = []
    for label in host.split("."):
        try:
            labels.append(label.encode("idna").decode("ascii"))
        except UnicodeError:
            return ""
    return ".".join(labels).lower()


def shown_host(host: str) -> str:
    """Return a punycode host as people read it, or as it is where it cannot be read."""
    if "xn--" not in host:
        return host
    try:
        shown = host.encode("ascii").decode("idna")
    except UnicodeError:
        return host
    return shown if shown.isprintable() else host


def as_address(host: str) -> Address | None:
    """Return the address that the host is, or None for a name."""
    if ":" not in host and not host.rpartition(".")[2].isdigit():
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def suffixes(host: str) -> list[str]:
    """Return the host and all its parent domains, longest first."""
    found = [host]
    dot = host.find(".")
    while dot >= 0:
        found.append(host[dot + 1 :])
        dot = host.find(".", dot + 1)
    return found


@cache
def _suffix_list() -> Any:
    from publicsuffixlist import PublicSuffixList

    # Private suffixes (github.io, aliyuncs.com …) are hosters' names: for "who owns this" the hoster is the answer.
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=8192)
def registrable(host: str) -> str:
    """Return the registrable domain (eTLD+1, ICANN suffixes only), '' for addresses and bare suffixes."""
    if not host or as_address(host) is not None:
        return ""
    return _suffix_list().privatesuffix(host) or ""


@cache
def _known_suffix_list() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True, accept_unknown=False)


def known_registrable(host: str) -> str:
    """Return the registrable domain as `registrable` does, but '' where the top-level domain does not exist."""
    return (_known_suffix_list().privatesuffix(host) or "") if host and as_address(host) is None else ""


def is_public_suffix(domain: str) -> bool:
    """Tell whether the domain is a public suffix such as `com` or `co.uk`, of which nobody is the owner."""
    return bool(domain) and _suffix_list().publicsuffix(domain) == domain


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host of a signature: `kind` is `exact`, `suffix` or `pattern`.

    `anchor` is what the index looks up: the name itself, the suffix's domain, or the part of a pattern behind its
    last `*` from the next label on.
    """

    kind: str
    anchor: str
    text: str

    @classmethod
    def parse(cls, text: str) -> HostRule:
        """Read `a.b.c` (exact), `.b.c` (b.c and below) or `log*.b.c` (`*`: no dot); raises ValueError."""
        written = text.strip().lower()
        if "*" in written:
            return cls._pattern(written)
        kind = "suffix" if written.startswith(".") else "exact"
        host = normal_host(written.removeprefix("."))
        if not host or (written.isascii() and host != written.removeprefix(".")):
            raise ValueError(f"{text[:80]!r} is no host name (no scheme, port or path here)")
        if as_address(host) is not None and kind == "suffix":
            raise ValueError(f"{text[:80]!r}: an address has no subdomains; use `ip`")
        if as_address(host) is None and is_public_suffix(host):
            raise ValueError(f"{text[:80]!r} is a public suffix: nobody's own")
        return cls(kind, host, host if kind == "exact" else "." + host)

    @classmethod
    def _pattern(cls, written: str) -> HostRule:
        anchor = written.rpartition("*")[2].partition(".")[2]
        if not _PLAIN.match(written.replace("*", "x")) or not registrable(anchor):
            raise ValueError(f"{written!r}: a pattern needs a whole registrable domain behind its last `*`")
        return cls("pattern", anchor, written)
