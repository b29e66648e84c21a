"""Signature files read from folders and merged: later folders win by SDK id and company id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

from leakwatch.attribution.files import signature_files
from leakwatch.attribution.format import Company, Counterexample, Example, Sdk, SignatureFile
from leakwatch.errors import SignatureError

MAX_FILE = 64 * 1024 * 1024
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Origin:
    """The file something was read from, with the file's SHA-256."""

    path: Path
    digest: str
    layer: int = 0
    """Which of the folders, counted from 0; a later folder's rules stand before an earlier one's."""


@dataclass(slots=True)
class Signatures:
    """All companies and SDKs of one or more folders, with where each came from."""

    companies: dict[str, Company] = field(default_factory=dict)
    sdks: dict[str, Sdk] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    """SDK id -> company id."""
    examples: list[tuple[Example, Origin]] = field(default_factory=list)
    counterexamples: list[tuple[Counterexample, Origin]] = field(default_factory=list)
    company_origin: dict[str, Origin] = field(default_factory=dict)
    sdk_origin: dict[str, Origin] = field(default_factory=dict)
    replaced: list[tuple[str, Origin, Origin]] = field(default_factory=list)
    """What a later file defined again: (id, earlier, later)."""
    digest: str = ""

    def add(self, content: SignatureFile, origin: Origin) -> None:
        """Take in one file; what it defines again replaces what was there."""
        company = content.company
        # A file without anything to say about the company but its name only adds SDKs to it.
        known = self.companies.get(company.id)
        if known is None or company.model_dump(exclude_defaults=True).keys() - {"id", "name"}:
            if known is not None:
                self.replaced.append((company.id, self.company_origin[company.id], origin))
            self.companies[company.id] = company
            self.company_origin[company.id] = origin
        for sdk in content.sdks:
            if sdk.id in self.sdks:
                self.replaced.append((sdk.id, self.sdk_origin[sdk.id], origin))
                del self.sdks[sdk.id]
            self.sdks[sdk.id] = sdk
            self.owner[sdk.id] = company.id
            self.sdk_origin[sdk.id] = origin
        self.examples += [(example, origin) for example in content.examples]
        self.counterexamples += [(counter, origin) for counter in content.counterexamples]


def parse_file(data: bytes, path: Path) -> SignatureFile:
    """Return the checked content of one file; raises SignatureError with file, line or field, and what is wrong."""
    try:
        return SignatureFile.model_validate(yaml.load(data, Loader))  # noqa: S506 - a SafeLoader, C or Python
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{mark.line + 1}:" if mark else ""
        raise SignatureError(f"{path}:{line} not YAML: {getattr(error, 'problem', '') or 'cannot be read'}") from None
    except ValidationError as error:
        problems = "; ".join(_problem(e) for e in error.errors()[:5])
        raise SignatureError(f"{path}: {problems}") from None
    except RecursionError:
        raise SignatureError(f"{path}: nested too deeply") from None


def _problem(error: object) -> str:
    assert isinstance(error, dict)
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"]).lstrip(".")
    return f"{where or 'file'}: {str(error['msg']).removeprefix('Value error, ')}"


def read_file(path: Path, layer: int = 0) -> tuple[SignatureFile, Origin]:
    """Read and check one file; raises SignatureError."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise SignatureError(f"{path}: larger than {MAX_FILE} bytes, not read")
        data = path.read_bytes()
    except OSError as error:
        raise SignatureError(f"{path}: {error.strerror}") from None
    return parse_file(data, path), Origin(path, hashlib.sha256(data).hexdigest(), layer)


def read_folders(folders: Iterable[Path]) -> Signatures:
    """Read all files of the folders, later ones winning; raises SignatureError at the first bad file."""
    signatures = Signatures()
    digest = hashlib.sha256()
    for layer, folder in enumerate(folders):
        for path in signature_files(folder):
            content, origin = read_file(path, layer)
            signatures.add(content, origin)
            digest.update(bytes.fromhex(origin.digest))
    signatures.digest = digest.hexdigest()
    return signatures
