"""The signatures as listings: all SDKs, one of them, the figures of a pack, the difference of two packs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from leakwatch.attribution.companies import Companies
from leakwatch.attribution.format import Sdk
from leakwatch.attribution.hosts import HostRule
from leakwatch.attribution.index import compile_index
from leakwatch.attribution.load import Signatures
from leakwatch.errors import SignatureError

Row = dict[str, Any]


def sdk_hosts(sdk: Sdk) -> list[str]:
    """Return the hosts that an SDK claims, each once, in the form they are written in the index."""
    return list(dict.fromkeys(HostRule.parse(host).text for endpoint in sdk.endpoints for host in endpoint.hosts))


def listing(signatures: Signatures) -> Iterator[Row]:
    """Yield a row for each SDK, by company and id."""
    companies = Companies(compile_index(signatures)["companies"])
    for sdk in sorted(signatures.sdks.values(), key=lambda s: (signatures.owner[s.id], s.id)):
        company = signatures.owner[sdk.id]
        yield {
            "sdk": sdk.id,
            "sdk_name": sdk.name,
            "name_zh": sdk.name_zh,
            "company": companies.name(company),
            "parent": companies.name(companies.parent(company)),
            "country": companies.country(company),
            "category": sdk.category,
            "hosts": len(sdk_hosts(sdk)),
            "protocols": len(sdk.protocol),
            "file": signatures.sdk_origin[sdk.id].path.name,
        }


def details(signatures: Signatures, name: str) -> Row:
    """Return everything about an SDK or company by id, or by a name it bears; raises SignatureError."""
    if name in signatures.sdks or name not in signatures.companies:
        sdk = signatures.sdks.get(name) or _by_name(signatures, name)
        company = signatures.companies[signatures.owner[sdk.id]]
        origin = signatures.sdk_origin[sdk.id]
        head: Row = {"company": company.model_dump(exclude_defaults=True, mode="json")}
        head["sdk"] = sdk.model_dump(exclude_defaults=True, mode="json")
        return head | {"file": str(origin.path), "sha256": origin.digest}
    company, origin = signatures.companies[name], signatures.company_origin[name]
    sdks = [s for s, owner in signatures.owner.items() if owner == name]
    row: Row = {"company": company.model_dump(exclude_defaults=True, mode="json"), "sdks": sdks}
    return row | {"file": str(origin.path), "sha256": origin.digest}


def _by_name(signatures: Signatures, name: str) -> Sdk:
    wanted = name.casefold()
    found = [
        sdk
        for sdk in signatures.sdks.values()
        if wanted in {n.casefold() for n in (sdk.id, sdk.name, sdk.name_zh, *sdk.aliases)}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise SignatureError(f"{name!r} names several SDKs: {', '.join(s.id for s in found)}; give one id")
    raise SignatureError(f"no SDK and no company is called {name!r}; `leakwatch signatures list` names them all")


def figures(signatures: Signatures) -> Iterator[Row]:
    """Yield the figures of a pack: counts, shares, categories."""
    companies = Companies(compile_index(signatures)["companies"])
    sdks = list(signatures.sdks.values())
    hosts = {host for sdk in sdks for host in sdk_hosts(sdk)}
    domains = {HostRule.parse(d).text for c in signatures.companies.values() for d in c.domains}
    chinese = [s for s in sdks if "CN" in {companies.country(c) for c in companies.line(signatures.owner[s.id])}]
    cited = [e.references for s in sdks for e in s.endpoints] + [p.references for s in sdks for p in s.protocol]
    cited += [f.references for s in sdks for f in s.fields]
    references: list[str] = [r.status for references in cited for r in references]
    # A policy is an address too, and nobody states that it was read.
    references += ["recalled" for s in sdks if s.policy]
    opened = sum(status == "opened" for status in references)
    counts: list[tuple[str, int, int]] = [
        ("companies", len(signatures.companies), 0),
        ("SDKs", len(sdks), 0),
        ("SDKs of the Chinese ecosystem (company or a parent in CN)", len(chinese), len(sdks)),
        ("SDKs recognised by protocol on any host", sum(bool(s.protocol) for s in sdks), len(sdks)),
        ("SDKs with field maps", sum(bool(s.fields) for s in sdks), len(sdks)),
        ("hosts of SDKs", len(hosts), 0),
        ("domains of companies' own sites", len(domains - hosts), 0),
        ("examples", len(signatures.examples), 0),
        ("counterexamples", len(signatures.counterexamples), 0),
        ("references", len(references), 0),
        ("references opened", opened, len(references)),
        ("references recalled", len(references) - opened, len(references)),
    ]
    for figure, count, whole in counts:
        yield {"figure": figure, "count": count, "share": f"{count / whole:.1%}" if whole else ""}
    for category, count in Counter(s.category for s in sdks).most_common():
        yield {"figure": f"category {category}", "count": count, "share": f"{count / len(sdks):.1%}"}


def difference(old: Signatures, new: Signatures) -> Iterator[Row]:
    """Yield what two packs differ in: SDKs and companies added, removed or changed, with the fields that changed."""
    for kind, before, after in (
        ("company", old.companies, new.companies),
        ("sdk", old.sdks, new.sdks),
    ):
        for name in sorted(before.keys() | after.keys()):
            one, other = before.get(name), after.get(name)
            if one is None or other is None:
                yield {"change": "added" if one is None else "removed", "kind": kind, "id": name, "fields": ""}
            elif one != other:
                changed = [f for f in type(one).model_fields if getattr(one, f) != getattr(other, f)]
                yield {"change": "changed", "kind": kind, "id": name, "fields": _changes(one, other, changed)}


def _changes(one: Any, other: Any, fields: Sequence[str]) -> str:
    words = []
    for name in fields:
        if name == "endpoints":
            before, after = set(sdk_hosts(one)), set(sdk_hosts(other))
            marks = [f"+{h}" for h in sorted(after - before)] + [f"-{h}" for h in sorted(before - after)]
            words.append(f"endpoints ({', '.join(marks)})" if marks else "endpoints")
        else:
            words.append(name)
    return ", ".join(words)


def pack_of(folders: Sequence[Path]) -> Signatures:
    """Read the bundled pack and `folders` over it; raises SignatureError."""
    from leakwatch import resources
    from leakwatch.attribution.load import read_folders

    return read_folders([resources.folder("signatures"), *folders])
