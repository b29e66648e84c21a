"""Lint: what is wrong or doubtful in signatures, each finding with its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakwatch.attribution.attributor import Attributor
from leakwatch.attribution.companies import Companies
from leakwatch.attribution.files import signature_files
from leakwatch.attribution.format import Counterexample, Example, Sdk
from leakwatch.attribution.index import compile_index, conditions_of
from leakwatch.attribution.load import Signatures, read_file
from leakwatch.attribution.match import split_url
from leakwatch.attribution.overlaps import overlaps
from leakwatch.errors import SignatureError
from leakwatch.identifiers.kinds import KINDS
from leakwatch.model import Attribution


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one file: `level` is `error` or `warning`, `rule` a short word for filtering."""

    level: str
    rule: str
    file: Path
    subject: str
    message: str


def lint(folders: Sequence[Path]) -> list[Finding]:
    """Return all findings about the files of these folders (later ones win); files that cannot be read are findings."""
    signatures, found = _read(folders)
    for check in (_naming, _graph, _dead_ends, _sources, overlap_findings, example_findings):
        found += check(signatures)
    return sorted(found, key=lambda f: (f.level != "error", str(f.file), f.subject, f.message))


def lint_paths(folders: Sequence[Path], paths: Sequence[Path]) -> list[Finding]:
    """Lint the folders together and return what concerns `paths` (files or folders; none: everything).

    Paths outside the folders are added as a further layer each.
    """
    inside = [f.resolve() for folder in folders for f in signature_files(folder)]
    wanted = [f for path in paths for f in signature_files(path)]
    outside = [path for path in paths if any(f.resolve() not in inside for f in signature_files(path))]
    names = {f.resolve() for f in wanted}
    return [f for f in lint([*folders, *outside]) if not names or f.file.resolve() in names]


def _read(folders: Sequence[Path]) -> tuple[Signatures, list[Finding]]:
    signatures, found = Signatures(), []
    for layer, folder in enumerate(folders):
        for path in signature_files(folder):
            try:
                content, origin = read_file(path, layer)
            except SignatureError as error:
                message = str(error).removeprefix(f"{path}:").strip()
                found.append(Finding("error", "format", path, path.stem, message))
                continue
            before = len(signatures.replaced)
            signatures.add(content, origin)
            for name, earlier, later in signatures.replaced[before:]:
                if earlier.layer == later.layer:
                    found.append(Finding("error", "twice", path, name, f"the id is already in {earlier.path.name}"))
    return signatures, found


def _naming(signatures: Signatures) -> Iterator[Finding]:
    for company, origin in signatures.company_origin.items():
        if origin.path.stem != company:
            message = f"the file should be named {company}.yaml after its company"
            yield Finding("error", "name", origin.path, company, message)


def _graph(signatures: Signatures) -> Iterator[Finding]:
    companies = Companies(compile_index(signatures)["companies"])
    for company in signatures.companies.values():
        origin = signatures.company_origin[company.id].path
        if company.parent and company.parent not in signatures.companies:
            yield Finding("error", "parent", origin, company.id, f"its parent {company.parent} has no file")
        line = companies.line(company.id)
        if companies.parent(line[-1]):
            yield Finding("error", "parent", origin, company.id, f"its parents run in a circle: {' > '.join(line)}")
        if not company.country:
            yield Finding("warning", "country", origin, company.id, "its country is not stated")


def _dead_ends(signatures: Signatures) -> Iterator[Finding]:
    exemplified = {example.sdk for example, _ in signatures.examples}
    for sdk, path in _sdks(signatures):
        if not (sdk.endpoints or sdk.protocol or sdk.packages.android or sdk.packages.ios):
            yield Finding("error", "dead end", path, sdk.id, "no endpoint, protocol or package: never matches")
        for number, endpoint in enumerate(sdk.endpoints):
            if not (endpoint.hosts or endpoint.certificates or endpoint.ip):
                message = f"endpoints[{number}] names no host, certificate or address: make it a `protocol`"
                yield Finding("error", "dead end", path, sdk.id, message)
        for number, protocol in enumerate(sdk.protocol):
            if not conditions_of(protocol).keys() - {"methods"}:
                yield Finding("error", "dead end", path, sdk.id, f"protocol[{number}] has no condition")
        for number, field in enumerate(sdk.fields):
            if field.kind not in KINDS:
                yield Finding("error", "kind", path, sdk.id, f"fields[{number}]: no type {field.kind!r}")
        if (sdk.endpoints or sdk.protocol) and sdk.id not in exemplified:
            yield Finding("error", "example", path, sdk.id, "it has no example")


def _sources(signatures: Signatures) -> Iterator[Finding]:
    for sdk, path in _sdks(signatures):
        company = signatures.companies[signatures.owner[sdk.id]]
        stated = [e.references for e in sdk.endpoints if e.references]
        if sdk.endpoints and not (stated or sdk.policy or company.website):
            message = "no reference at all: give a document, the policy, or the company's website"
            yield Finding("error", "reference", path, sdk.id, message)
        for reasoning in [e.reasoning for e in sdk.endpoints] + [p.reasoning for p in sdk.protocol]:
            if len(reasoning) < 12:
                yield Finding("error", "reasoning", path, sdk.id, f"{reasoning!r} is no reasoning")


def _sdks(signatures: Signatures) -> Iterable[tuple[Sdk, Path]]:
    return [(sdk, signatures.sdk_origin[sdk.id].path) for sdk in signatures.sdks.values()]


def overlap_findings(signatures: Signatures) -> Iterator[Finding]:
    """Yield each host that two SDKs or companies claim without saying why."""
    for overlap in overlaps(signatures):
        yield Finding("error", "overlap", overlap.path, overlap.claimant, overlap.message)


def example_findings(signatures: Signatures) -> Iterator[Finding]:
    """Yield each example that fails and each counterexample that comes true."""
    attributor = Attributor(compile_index(signatures))
    names = {c.id: c.name for c in signatures.companies.values()}
    for example, origin in signatures.examples:
        message = check_example(example, attribute_example(attributor, example), names)
        if message:
            yield Finding("error", "example", origin.path, example.sdk or example.company or "", message)
    for counter, origin in signatures.counterexamples:
        if counter.not_ not in signatures.sdks and counter.not_ not in names:
            message = f"{counter.url}: no SDK and no company is called {counter.not_}"
            yield Finding("error", "counterexample", origin.path, counter.not_, message)
            continue
        verdict = attribute_example(attributor, counter)
        if counter.not_ == verdict.sdk or names.get(counter.not_, "\0") == verdict.company:
            message = f"{counter.url} must not be {counter.not_}, but: {verdict.reason}"
            yield Finding("error", "counterexample", origin.path, counter.not_, message)


def attribute_example(attributor: Attributor, example: Example | Counterexample) -> Attribution:
    """Attribute an example's request, seen from no app in particular."""
    host, target = split_url(example.url)
    return attributor.attribute(
        host, target, tuple(example.headers.items()), method=example.method, body_keys=example.body
    )


def check_example(example: Example, verdict: Attribution, names: dict[str, str]) -> str:
    """Return what is wrong with the verdict on an example, or ''."""
    if example.sdk is None and example.company is None:
        return f"{example.url}: an example names an sdk or a company"
    if example.sdk is not None and verdict.sdk != example.sdk:
        return f"{example.url} should be {example.sdk} but is {verdict.sdk or 'no SDK'}: {verdict.reason}"
    if example.company is not None and verdict.company != names.get(example.company):
        return f"{example.url} should be of {example.company} but is of {verdict.company or 'nobody'}: {verdict.reason}"
    if example.company is not None and example.sdk is None and verdict.sdk:
        return f"{example.url} should name no SDK but is {verdict.sdk}: {verdict.reason}"
    return ""
