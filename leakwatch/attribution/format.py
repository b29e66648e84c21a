"""The signature file: one company with its SDKs, checked field by field (`docs/signatures-format.md` explains it)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from leakwatch.attribution.hosts import HostRule
from leakwatch.attribution.paths import PathRule

CATEGORIES: tuple[str, ...] = (
    "analytics", "advertising", "attribution", "push", "crash", "social-login", "map-location", "payment", "risk",
    "identity", "im-rtc", "support", "cdn", "infrastructure", "ab-test", "performance", "os-service", "consent",
    "tag-manager", "other",
)  # fmt: skip
"""What an SDK is for; the one list."""

INFRASTRUCTURE_CATEGORIES = frozenset({"cdn", "infrastructure", "os-service"})
"""Their hosts carry for others or serve the phone itself: a hoster is not a recipient."""


def _checked_host(text: str) -> str:
    HostRule.parse(text)
    return text


def _checked_path(text: str) -> str:
    PathRule.parse(text)
    return text


def _checked_network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


def _checked_category(text: str) -> str:
    if text not in CATEGORIES:
        raise ValueError(f"is none of {', '.join(CATEGORIES)}")
    return text


def _reference(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Host = Annotated[str, AfterValidator(_checked_host)]
Path = Annotated[str, AfterValidator(_checked_path)]
Network = Annotated[str, AfterValidator(_checked_network)]
Category = Annotated[str, AfterValidator(_checked_category), Field(json_schema_extra={"enum": list(CATEGORIES)})]
_FIELD = r"^(?:(?:query|header|cookie|form|json|protobuf|path|any):)?\S.*$"
FieldPath = Annotated[str, StringConstraints(pattern=_FIELD)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Strict):
    """Where a fact is documented. `opened` only if the page was read for this very entry; else `recalled`."""

    url: Url
    status: Literal["opened", "recalled"] = "recalled"
    date: str = ""


References = list[Annotated[Reference, BeforeValidator(_reference)]]


class Company(_Strict):
    """Who receives: legal entity or brand, with its parent company as another file's `id`."""

    id: Id
    name: Text
    name_zh: str = ""
    aliases: list[Text] = []
    parent: Id | None = None
    country: Country | None = None
    website: Url | None = None
    domains: list[Host] = []
    """The company's own sites, subdomains included; a match names the company and no SDK."""
    app_packages: list[Text] = []
    """Package prefixes of the company's own apps (`com.tencent`), for `same-company`."""
    history: list[Text] = []
    """Mergers, renamings, brands: one sentence each."""
    note: str = ""


class Conditions(_Strict):
    """What else must hold besides the host; all given lists must be satisfied.

    `paths`: one of them. `query`, `body`: all of these keys (`key` or `key=value`, `*` allowed in the value).
    `headers`: all of these (`Name` or `Name: value`, `*` allowed in the value). `methods`: one of them.
    """

    paths: list[Path] = []
    query: list[Text] = []
    headers: list[Text] = []
    body: list[Text] = []
    methods: list[Text] = []


class Endpoint(Conditions):
    """Hosts with one reasoning: exact `a.b.c`, suffix `.b.c` (also b.c itself), pattern `log*.b.c`."""

    hosts: list[Host] = []
    certificates: list[Host] = []
    ip: list[Network] = []
    infrastructure: bool | None = None
    dead: bool = False
    since: str = ""
    shared: str = ""
    """Why another SDK or company claims the same host too."""
    reasoning: Text
    references: References = []


class Protocol(Conditions):
    """A fingerprint of requests that holds on any host: proof of the protocol, not of who runs the host."""

    reasoning: Text
    references: References = []


class FieldMap(_Strict):
    """Where in a request an identifier travels, and who fills it: documented, not observed."""

    path: FieldPath
    kind: Text
    form: str = ""
    filled_by: Literal["automatic", "app", "unknown"] = "unknown"
    reasoning: str = ""
    references: References = []


class Packages(_Strict):
    """Code prefixes as the vendor states them."""

    android: list[Text] = []
    ios: list[Text] = []


class Sdk(_Strict):
    """One SDK: stable id, names, what it is for, where it sends."""

    id: Id
    name: Text
    name_zh: str = ""
    aliases: list[Text] = []
    category: Category
    packages: Packages = Packages()
    policy: Url | None = None
    endpoints: list[Endpoint] = []
    protocol: list[Protocol] = []
    fields: list[FieldMap] = []
    sdk_version: FieldPath | None = None
    """Where the payload states the SDK's own version."""
    note: str = ""


class Example(_Strict):
    """A request that must be attributed so: to this `sdk`, or to this `company` and no SDK."""

    url: Text
    sdk: Id | None = None
    company: Id | None = None
    method: str = "GET"
    headers: dict[str, str] = {}
    body: list[Text] = []


class Counterexample(_Strict):
    """A request that must not be attributed to the SDK or company `not`."""

    url: Text
    not_: Annotated[Id, Field(alias="not")]
    why: str = ""
    method: str = "GET"
    headers: dict[str, str] = {}
    body: list[Text] = []


class SignatureFile(_Strict):
    """One YAML file of the pack."""

    version: Literal[1]
    company: Company
    sdks: list[Sdk] = []
    examples: list[Example] = []
    counterexamples: list[Counterexample] = []
    licence: str = ""
    """Licence of imported data; empty for the bundled pack."""
    source: str = ""
    """Where imported data came from."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a signature file, as `signatures/schema.json` holds it."""
    schema = SignatureFile.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    reference = schema["$defs"]["Reference"]
    # A bare string stands for {url: string, status: recalled}; the short form exists only before validation.
    schema["$defs"]["Reference"] = {"anyOf": [reference, {"type": "string", "pattern": r"^https?://\S+$"}]}
    return schema
