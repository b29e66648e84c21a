"""The reasons of verdicts in words: who was sent to and by which evidence, never more than the evidence says."""

from __future__ import annotations

from leakwatch.attribution.hosts import shown_host
from leakwatch.attribution.rules import Hit

MAX_SHOWN = 120


def shown(text: str) -> str:
    """Return text from the wire, bounded and without control characters."""
    text = shown_host(text)
    cut = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


def claim(hit: Hit, company: str, host: str) -> str:
    """Say whose endpoint a host is, by which rule of which signature."""
    rule = hit.rule
    if not rule.sdk:
        where = f"{shown(host)} (company {rule.company}: domain {hit.text})"
        return f"sent to {company}'s own site {where}; no SDK is named"
    by = {
        "host": f"host {hit.text}",
        "pattern": f"host pattern {hit.text}",
        "suffix": f"host suffix {hit.text}",
        "certificate": f"name {hit.text} in the server's certificate",
        "address": f"published address range {hit.text}; addresses may be shared: uncertain",
    }[hit.by]
    if rule.conditions is not None:
        by += " with the request's path, keys or headers"
    service = "service" if rule.infrastructure else "endpoint"
    dead = "; believed out of service" if rule.dead else ""
    why = f"signature {rule.sdk}: {by}{dead}; {_sentence(rule.reasoning)}"
    return f"sent to {company}'s {service} {shown(host)} ({why})"


def spoken(hit: Hit, maker: str) -> str:
    """Say whose protocol a request speaks, whoever runs the host."""
    return (
        f"the request speaks the protocol of {hit.rule.sdk} by {maker} "
        f"(fingerprint: path {shown(hit.text)}; {_sentence(hit.rule.reasoning)}): "
        "this says which software receives it, not who runs the host"
    )


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
