"""The APK reader against packages built here from the format's own documents, and against damaged ones."""

from __future__ import annotations

import datetime
import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakwatch.capture.apk import read_apk
from leakwatch.errors import SourceError


def string_pool(strings: list[str], utf8: bool) -> bytes:
    body, offsets = b"", []
    for text in strings:
        offsets.append(len(body))
        if utf8:
            raw = text.encode()
            body += bytes([len(text), len(raw)]) + raw + b"\0"
        else:
            body += struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"
    body += b"\0" * (-len(body) % 4)
    start = 28 + 4 * len(strings)
    head = struct.pack("<HHIIIIII", 1, 28, start + len(body), len(strings), 0, 0x100 if utf8 else 0, start, 0)
    return head + struct.pack(f"<{len(offsets)}I", *offsets) + body


def manifest(
    package: str = "com.example.app", name: str = "4.2.1", code: int = 421, major: int = 0, utf8: bool = False
) -> bytes:
    strings = ["versionCode", "versionName", "versionCodeMajor", "package", "manifest", name, package]
    ids = struct.pack("<HHI3I", 0x180, 8, 20, 0x0101021B, 0x0101021C, 0x01010576)
    no = 0xFFFFFFFF
    attributes = [
        (0, no, 0x10, code),
        (1, 5, 0x03, 5),
        (2, no, 0x10, major),
        (3, 6, 0x03, 6),
    ]
    body = b"".join(struct.pack("<IIIHBBI", no, n, raw, 8, 0, kind, value) for n, raw, kind, value in attributes)
    extension = struct.pack("<IIHHHHHH", no, 4, 20, 20, len(attributes), 0, 0, 0)
    element = struct.pack("<HHIII", 0x102, 16, 16 + len(extension) + len(body), 1, no) + extension + body
    chunks = string_pool(strings, utf8) + ids + element
    return struct.pack("<HHI", 3, 8, 8 + len(chunks)) + chunks


def certificate(name: str = "signer") -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, day, day + datetime.timedelta(days=9))
    return builder.sign(key, hashes.SHA256()), key


def field(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def signing_block(scheme: int, der: bytes) -> bytes:
    signed = field(field(b"digest")) + field(field(der))
    value = field(field(field(signed) + field(b"signatures") + field(b"key")))
    pairs = b"".join(struct.pack("<QI", 4 + len(v), k) + v for k, v in ((0x42726577, b"\0" * 5), (scheme, value)))
    size = len(pairs) + 24
    return struct.pack("<Q", size) + pairs + struct.pack("<Q", size) + b"APK Sig Block 42"


def package(tmp_path: Path, entries: dict[str, bytes], block: bytes = b"") -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    data = buffer.getvalue()
    if block:  # between the entries and the central directory, whose offset in the end record moves
        end = data.rfind(b"PK\5\6")
        (directory,) = struct.unpack_from("<I", data, end + 16)
        tail = bytearray(data[directory:])
        struct.pack_into("<I", tail, end - directory + 16, directory + len(block))
        data = data[:directory] + block + bytes(tail)
    path = tmp_path / "app.apk"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("utf8", [False, True])
def test_package_and_version_are_read_from_the_binary_manifest(tmp_path: Path, utf8: bool) -> None:
    apk = read_apk(package(tmp_path, {"AndroidManifest.xml": manifest(utf8=utf8)}))
    assert (apk.package, apk.version_name, apk.version_code) == ("com.example.app", "4.2.1", "421")
    assert apk.problems == ("no signer's certificate can be read",)


def test_the_digest_is_the_files(tmp_path: Path) -> None:
    path = package(tmp_path, {"AndroidManifest.xml": manifest()})
    assert read_apk(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_long_version_code_takes_its_upper_half(tmp_path: Path) -> None:
    apk = read_apk(package(tmp_path, {"AndroidManifest.xml": manifest(code=5, major=1)}))
    assert apk.version_code == str((1 << 32) + 5)


@pytest.mark.parametrize(
    ("scheme", "word"), [(0x7109871A, "v2"), (0xF05368C0, "v3"), (0x1B93AD61, "v3")], ids=["v2", "v3", "v3.1"]
)
def test_the_signing_block_names_the_signer(tmp_path: Path, scheme: int, word: str) -> None:
    der = certificate()[0].public_bytes(serialization.Encoding.DER)
    apk = read_apk(package(tmp_path, {"AndroidManifest.xml": manifest()}, signing_block(scheme, der)))
    assert (apk.signer, apk.scheme, apk.problems) == (hashlib.sha256(der).hexdigest(), word, ())


def test_a_v1_signature_names_the_signer(tmp_path: Path) -> None:
    cert, key = certificate()
    signed = pkcs7.PKCS7SignatureBuilder().set_data(b"SF").add_signer(cert, key, hashes.SHA256())
    der = signed.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])
    apk = read_apk(package(tmp_path, {"AndroidManifest.xml": manifest(), "META-INF/CERT.EC": der}))
    assert apk.signer == cert.fingerprint(hashes.SHA256()).hex()
    assert apk.scheme == "v1"


def test_a_damaged_manifest_is_said_and_the_digest_stays(tmp_path: Path) -> None:
    apk = read_apk(package(tmp_path, {"AndroidManifest.xml": b"<manifest package='x'/>"}))
    assert apk.package == ""
    assert apk.problems[0] == "its manifest is not binary XML"
    assert len(apk.sha256) == 64


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\3\4" + b"\0" * 100])
def test_what_is_no_archive_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "app.apk"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"app\.apk: not an APK") as caught:
        read_apk(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_apk(tmp_path / "app.apk")


def test_a_manifest_that_unpacks_to_gigabytes_costs_its_limit(tmp_path: Path) -> None:
    apk = read_apk(package(tmp_path, {"AndroidManifest.xml": b"\0" * (64 << 20)}))
    assert apk.problems[0] == "its manifest is too long"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
def test_any_damage_is_a_problem_or_one_line_never_a_crash(tmp_path: Path, at: int, byte: int, cut: int) -> None:
    block = signing_block(0x7109871A, b"certificate")
    path = package(tmp_path, {"AndroidManifest.xml": manifest(), "META-INF/A.RSA": b"0\x80rubbish"}, block)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = byte
    path.write_bytes(bytes(data[: len(data) - cut % 50]))
    try:
        assert len(read_apk(path).sha256) == 64
    except SourceError as error:
        assert "\n" not in str(error)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2_000), word=st.integers(0, 0xFFFFFFFF))
def test_a_hostile_manifest_is_read_or_refused(tmp_path: Path, at: int, word: int) -> None:
    data = bytearray(manifest())
    struct.pack_into("<I", data, at % (len(data) - 4), word)
    assert len(read_apk(package(tmp_path, {"AndroidManifest.xml": bytes(data)})).sha256) == 64
