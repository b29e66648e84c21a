"""Reads from an APK what a report must name: its SHA-256, package, version and the signer's certificate.

The certificate is the one the package carries; the signature itself is not verified (Android did that on installing).
Signing block: source.android.com/docs/security/features/apksigning/v2 and v3; v1: META-INF/*.RSA (PKCS #7).
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from leakwatch.capture.axml import MAX_BYTES, Manifest, ManifestError, read_manifest
from leakwatch.errors import SourceError

_MAX_BLOCK = 64 << 20
_MAX_SIGNATURE = 1 << 20
_MAX_PAIRS = 1000
_SCHEMES = (0x1B93AD61, 0xF05368C0, 0x7109871A)
"""Ids of signing schemes v3.1, v3 and v2; the newest that is there names the signer."""
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError, OSError)


@dataclass(frozen=True, slots=True)
class Apk:
    """Facts of one package; `signer` is the SHA-256 of the signer's certificate, `problems` what could not be read."""

    sha256: str
    package: str = ""
    version_name: str = ""
    version_code: str = ""
    signer: str = ""
    scheme: str = ""
    problems: tuple[str, ...] = ()


def read_apk(path: Path) -> Apk:
    """Read an APK. Raises SourceError in one line where the file cannot be opened or is no zip archive at all."""
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            with zipfile.ZipFile(file) as archive:
                manifest, problem = _manifest(archive)
                signer, scheme = _signer(file.fileno(), archive)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or 'cannot be read'}. Give the APK file itself.") from error
    except _BAD_ZIP as error:
        raise SourceError(f"{path}: not an APK (no readable zip archive). Give the APK file itself.") from error
    problems = [problem] if problem else []
    if not signer:
        problems.append("no signer's certificate can be read")
    return Apk(digest, manifest.package, manifest.version_name, manifest.version_code, signer, scheme, tuple(problems))


def _manifest(archive: zipfile.ZipFile) -> tuple[Manifest, str]:
    try:
        with archive.open("AndroidManifest.xml") as file:
            return read_manifest(file.read(MAX_BYTES + 1)), ""
    except ManifestError as error:
        return Manifest(), str(error)
    except _BAD_ZIP:
        return Manifest(), "its manifest cannot be unpacked"


def _signer(descriptor: int, archive: zipfile.ZipFile) -> tuple[str, str]:
    try:
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
            certificate, scheme = _block_certificate(data)
    except (struct.error, ValueError, OSError):
        certificate, scheme = b"", ""
    if not certificate:
        certificate, scheme = _v1_certificate(archive), "v1"
    return (hashlib.sha256(certificate).hexdigest(), scheme) if certificate else ("", "")


def _block_certificate(data: mmap.mmap) -> tuple[bytes, str]:
    """Find the signing block before the central directory and return the newest scheme's first certificate."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0:
        return b"", ""
    (directory,) = struct.unpack_from("<I", data, end + 16)
    if directory < 32 or data[directory - 16 : directory] != b"APK Sig Block 42":
        return b"", ""
    (size,) = struct.unpack_from("<Q", data, directory - 24)
    if not 24 <= size <= min(_MAX_BLOCK, directory - 8):
        return b"", ""
    pairs = _pairs(data[directory - size : directory - 24])
    for scheme in _SCHEMES:
        if scheme in pairs:
            return _first_certificate(pairs[scheme]), "v2" if scheme == _SCHEMES[-1] else "v3"
    return b"", ""


def _pairs(block: bytes) -> dict[int, bytes]:
    pairs: dict[int, bytes] = {}
    at = 0
    while at + 12 <= len(block) and len(pairs) < _MAX_PAIRS:
        length, key = struct.unpack_from("<QI", block, at)
        if length < 4 or length > len(block) - at - 8:
            break
        pairs.setdefault(key, block[at + 12 : at + 8 + length])
        at += 8 + length
    return pairs


def _first_certificate(value: bytes) -> bytes:
    """Signers › first signer › signed data › (digests, certificates) › first certificate, each with its length."""
    signed = _field(_field(_field(value)))
    (digests,) = struct.unpack_from("<I", signed)
    return _field(_field(signed[4 + digests :]))


def _field(data: bytes) -> bytes:
    (length,) = struct.unpack_from("<I", data)
    if length > len(data) - 4:
        raise ValueError("a length in the signing block points past its end")
    return data[4 : 4 + length]


def _v1_certificate(archive: zipfile.ZipFile) -> bytes:
    """Return the certificate of the JAR signature: the one in the PKCS #7 file that issued none of the others."""
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    for name in archive.namelist():
        folder, _, file = name.rpartition("/")
        if folder != "META-INF" or not file.upper().endswith((".RSA", ".DSA", ".EC")):
            continue
        try:
            with archive.open(name) as entry:
                found = pkcs7.load_der_pkcs7_certificates(entry.read(_MAX_SIGNATURE))
            issuers = {c.issuer for c in found if c.issuer != c.subject}
            leaves = [c for c in found if c.subject not in issuers] or found
            if leaves:
                return leaves[0].public_bytes(Encoding.DER)
        except (*_BAD_ZIP, TypeError):
            continue
    return b""
