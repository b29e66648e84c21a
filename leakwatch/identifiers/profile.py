"""The device profile: what a test device can be recognised by, read from YAML (DESIGN §4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from leakwatch.errors import ProfileError
from leakwatch.identifiers.document import Document, line_of, short, suggest
from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.masking import mask
from leakwatch.identifiers.placeholders import is_placeholder
from leakwatch.identifiers.variants import variants_of
from leakwatch.model import App, Cipher, DeviceProfile, Identifier, Keys

VERSION = 1
"""The newest version of the file's format that this program reads."""

_IDENTIFIER = ("type", "name", "value", "unchecked")
_CIPHERS = {"aes": ("cbc", "ecb", "gcm", "ctr", "cfb", "ofb"), "des": ("cbc", "ecb"), "des3": ("cbc", "ecb"), "rc4": ()}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is doubtful about an identifier: `level` is `warning` (searched all the same), `note` or `ignored`.

    `text` masks the value; `app` is the package whose own identifier it is, empty for the device's.
    """

    line: int
    identifier: str
    level: str
    text: str
    app: str = ""


def load_profile(path: Path | str) -> DeviceProfile:
    """Read a device profile.

    Raises ProfileError, one line with the file and line, for anything that breaks the structure: an unknown key or
    type, a missing or repeated name, a newer version, a key that is not the text it claims to be. Doubtful values do
    not: ask `check_profile` for them.
    """
    return _Reader(Path(path)).profile()


def check_profile(profile: DeviceProfile | Path | str) -> list[Finding]:
    """Return what is doubtful in a profile, line by line (line 0 where it was not read from a file just now)."""
    if isinstance(profile, DeviceProfile):
        owned = [(i, "") for i in profile.identifiers] + [(i, a.package) for a in profile.apps for i in a.identifiers]
        return [f for i, app in owned for f in check_identifier(i, profile.region, app=app)]
    reader = _Reader(Path(profile))
    region = reader.profile().region
    return [
        finding
        for identifier, node, app in reader.read
        for finding in [*check_identifier(identifier, region, line_of(node), app), *_spelling(identifier, node, app)]
    ]


def check_identifier(identifier: Identifier, region: str = "", line: int = 0, app: str = "") -> list[Finding]:
    """Return what is doubtful about one identifier; nothing where it is marked `unchecked`."""
    kind, value = KINDS[identifier.type], identifier.value

    def finding(level: str, text: str) -> Finding:
        return Finding(line, identifier.name, level, f'{identifier.type} "{mask(value)}": {text}', app)

    if is_placeholder(identifier.type, value):
        return [finding("ignored", "is a placeholder that many devices report; it is not searched")]
    if identifier.unchecked:
        return []
    cure = 'Correct it, or add "unchecked: true".'
    found = [finding("warning", f"{problem}. {cure}") for problem in kind.validate(value, region)]
    if value != value.strip():
        found.append(finding("warning", f"has blanks at its ends. {cure}"))
    if kind.common(value):
        found.append(finding("note", "is common: it counts only as the whole value of a key that names it"))
    elif any(v.whole and v.needle == value.encode() for v in variants_of(identifier, region)):
        found.append(finding("note", "is short: it counts only as the whole value of a key that names it"))
    return found


def _spelling(identifier: Identifier, node: yaml.Node, app: str) -> list[Finding]:
    """Warn of an unquoted number that another YAML reader would change."""
    plain = isinstance(node, yaml.ScalarNode) and not node.style
    if not plain or identifier.unchecked:
        return []
    octal = node.tag.endswith(":int") and node.value[:1] == "0" and len(node.value) > 1
    if (
        not octal
        and not node.tag.endswith((":float", ":timestamp", ":bool"))
        and not (node.tag.endswith(":int") and ":" in node.value)
    ):
        return []
    text = (
        f'{identifier.type} "{mask(identifier.value)}": is read as written, but looks like a number; put it in quotes'
    )
    return [Finding(line_of(node), identifier.name, "warning", text, app)]


class _Reader:
    """Turns the nodes of one file into a profile; `read` keeps each identifier with its value's node and its app."""

    def __init__(self, path: Path) -> None:
        self.document = Document(path)
        self.read: list[tuple[Identifier, yaml.Node, str]] = []

    def profile(self) -> DeviceProfile:
        doc = self.document
        top = doc.mapping(doc.root, ("version", "device", "identifiers", "keys", "apps"), "a device profile")
        self._version(top.get("version"))
        device = doc.mapping(top["device"], ("label", "region"), "device") if "device" in top else {}
        region = self._region(device.get("region"))
        identifiers = self._identifiers(top.get("identifiers"), "identifiers")
        apps = self._apps(top.get("apps"), frozenset(i.name for i in identifiers))
        if not self.read:
            raise doc.fail(top.get("identifiers", doc.root), "has no identifiers: there is nothing to search for")
        label = doc.text(device.get("label"), "device.label", doc.path.stem)
        digest = hashlib.sha256(doc.data).hexdigest()
        return DeviceProfile(label, region, identifiers, self._keys(top.get("keys")), apps, digest)

    def _version(self, node: yaml.Node | None) -> None:
        text = self.document.text(node, "version", str(VERSION))
        if not (text.isascii() and text.isdigit()) or int(text) < 1:
            raise self.document.fail(node or 1, f"version should be a number from 1 to {VERSION}")
        if int(text) > VERSION:
            raise self.document.fail(
                node or 1, f"version {text} is newer than this leakwatch reads ({VERSION}); update leakwatch"
            )

    def _region(self, node: yaml.Node | None) -> str:
        region = self.document.text(node, "device.region", "").upper()
        if region and not (len(region) == 2 and region.isascii() and region.isalpha()):
            raise self.document.fail(node or 1, "device.region should be a country's two letters, like CN")
        return region

    def _identifiers(
        self, node: yaml.Node | None, what: str, taken: frozenset[str] = frozenset(), app: str = ""
    ) -> tuple[Identifier, ...]:
        found: list[Identifier] = []
        names = set(taken)
        for item in self.document.sequence(node, what):
            identifier = self._identifier(item, app)
            if identifier.name in names:
                raise self.document.fail(
                    item, f'two identifiers are named "{identifier.name}"; give each a name of its own'
                )
            names.add(identifier.name)
            found.append(identifier)
        return tuple(found)

    def _identifier(self, node: yaml.Node, app: str) -> Identifier:
        doc = self.document
        fields = doc.mapping(node, _IDENTIFIER, "an identifier")
        for field in ("type", "value"):
            if field not in fields:
                raise doc.fail(node, f'an identifier needs "{field}"')
        type_ = doc.text(fields["type"], "type")
        if type_ not in KINDS:
            near = suggest(type_, tuple(KINDS))
            raise doc.fail(fields["type"], f'no identifier type is called "{short(type_)}"{near}')
        name = doc.text(fields.get("name"), "name", type_)
        value = doc.text(fields["value"], f"the value of {name}")
        if not value.strip():
            raise doc.fail(fields["value"], f"the value of {name} is empty; fill it in or remove the line")
        identifier = Identifier(type_, name, value, doc.flag(fields.get("unchecked"), "unchecked"))
        self.read.append((identifier, fields["value"], app))
        return identifier

    def _apps(self, node: yaml.Node | None, taken: frozenset[str]) -> tuple[App, ...]:
        doc, found = self.document, dict[str, App]()
        for item in doc.sequence(node, "apps"):
            fields = doc.mapping(item, ("package", "first_party_domains", "company", "identifiers"), "an app")
            if "package" not in fields:
                raise doc.fail(item, 'an app needs "package"')
            package = doc.text(fields["package"], "package")
            if package in found:
                raise doc.fail(item, f'two apps are called "{package}"; merge them')
            domains = tuple(
                doc.text(n, "a domain").lower().strip(".")
                for n in doc.sequence(fields.get("first_party_domains"), "first_party_domains")
            )
            own = self._identifiers(fields.get("identifiers"), f"the identifiers of {package}", taken, package)
            found[package] = App(package, domains, doc.text(fields.get("company"), "company", ""), own)
        return tuple(found.values())

    def _keys(self, node: yaml.Node | None) -> Keys:
        if node is None:
            return Keys()
        fields = self.document.mapping(node, ("salts", "hmac_keys", "xor_keys", "ciphers"), "keys")
        salts, hmac_keys, xor_keys = (
            tuple(self._secret(n, name) for n in self.document.sequence(fields.get(name), f"keys.{name}"))
            for name in ("salts", "hmac_keys", "xor_keys")
        )
        return Keys(
            salts,
            hmac_keys,
            xor_keys,
            tuple(self._cipher(n) for n in self.document.sequence(fields.get("ciphers"), "keys.ciphers")),
        )

    def _cipher(self, node: yaml.Node) -> Cipher:
        doc = self.document
        fields = doc.mapping(node, ("algorithm", "mode", "key", "iv"), "a cipher")
        for field in ("algorithm", "key"):
            if field not in fields:
                raise doc.fail(node, f'a cipher needs "{field}"')
        algorithm = doc.text(fields["algorithm"], "algorithm").lower()
        if algorithm not in _CIPHERS:
            raise doc.fail(
                fields["algorithm"], f'no cipher is called "{short(algorithm)}"{suggest(algorithm, tuple(_CIPHERS))}'
            )
        modes = _CIPHERS[algorithm]
        mode = doc.text(fields.get("mode"), "mode", modes[0] if modes else "").lower()
        if mode not in (modes or ("",)):
            raise doc.fail(
                fields.get("mode", node),
                f'{algorithm} is known with mode {", ".join(modes) or "none"}, not "{short(mode)}"',
            )
        key = self._secret(fields["key"], "key")
        iv = self._secret(fields["iv"], "iv") if "iv" in fields else b""
        sizes = {"aes": (16, 24, 32), "des": (8,), "des3": (16, 24)}.get(algorithm, ())
        if sizes and len(key) not in sizes:
            raise doc.fail(
                fields["key"], f"a key of {algorithm} has {' or '.join(map(str, sizes))} bytes, this has {len(key)}"
            )
        return Cipher(algorithm, mode, key, iv)

    def _secret(self, node: yaml.Node, what: str) -> bytes:
        """Return a key's bytes: text, or `hex:…`, or `base64:…`."""
        text = self.document.text(node, what)
        try:
            if text.startswith("hex:"):
                data = bytes.fromhex(text[4:])
            elif text.startswith("base64:"):
                data = base64.b64decode(text[7:], validate=True)
            else:
                data = text.encode()
        except (ValueError, binascii.Error):
            raise self.document.fail(node, f"{what} is not the {text.partition(':')[0]} it says it is") from None
        if not data:
            raise self.document.fail(node, f"{what} is empty; remove it")
        return data


__all__ = ["Finding", "ProfileError", "check_identifier", "check_profile", "load_profile"]
