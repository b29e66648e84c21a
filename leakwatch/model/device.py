"""The device profile: identifiers, keys, apps."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Identifier:
    """One value the device or its user can be recognised by; the value never shows in `repr`."""

    type: str
    name: str
    value: str = field(repr=False)
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Cipher:
    """A cipher key known to the tester: `key` and `iv` are raw bytes, `mode` is empty for stream ciphers."""

    algorithm: str
    mode: str
    key: bytes = field(repr=False)
    iv: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Hooked:
    """One call of a cipher that a hook on the device saw: what went in and what came out, as raw bytes."""

    algorithm: str
    ciphertext: bytes = field(repr=False)
    plaintext: bytes = field(repr=False)
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets known to the tester that apps mix into identifiers (as bytes)."""

    salts: tuple[bytes, ...] = field(default=(), repr=False)
    hmac_keys: tuple[bytes, ...] = field(default=(), repr=False)
    xor_keys: tuple[bytes, ...] = field(default=(), repr=False)
    ciphers: tuple[Cipher, ...] = ()
    hooked: tuple[Hooked, ...] = field(default=(), repr=False)
    """From a hook log: ciphertexts whose plaintext is known without a key."""


@dataclass(frozen=True, slots=True)
class App:
    """An app under test: its package (or bundle id), the domains of its own company, and its own identifiers."""

    package: str
    first_party_domains: tuple[str, ...] = ()
    company: str = ""
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """The test device: what it can be recognised by, the known keys, the apps tested on it."""

    label: str
    region: str
    identifiers: tuple[Identifier, ...]
    keys: Keys = Keys()
    apps: tuple[App, ...] = ()
    digest: str = ""
    """SHA-256 of the file that it was read from, in hex."""

    def app(self, package: str) -> App:
        """Return the app with this package, or a bare one that knows only its name."""
        return next((a for a in self.apps if a.package == package), App(package))

    def identifiers_for(self, package: str = "") -> tuple[Identifier, ...]:
        """Return the device's identifiers and those that exist only for `package` (or, without one, for any app)."""
        apps = [a for a in self.apps if not package or a.package == package]
        return self.identifiers + tuple(i for a in apps for i in a.identifiers)
