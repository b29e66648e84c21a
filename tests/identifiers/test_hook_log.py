"""Hook logs: their keys and calls are read; what is wrong in one is told with its line."""

import json
from pathlib import Path

import pytest

from leakwatch.errors import ProfileError
from leakwatch.identifiers.hook_log import MAX_CIPHERS, read_hook_log, with_hook_log, with_hooks_in
from leakwatch.model import Cipher, DeviceProfile

PROFILE = DeviceProfile("test", "CN", ())


def written(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n", "utf-8")
    return path


def test_keys_and_calls(tmp_path: Path) -> None:
    log = written(
        tmp_path / "hooks.jsonl",
        {"time": "2026-01-02T03:04:05Z", "algorithm": "AES/CBC/PKCS5Padding", "key": "hex:" + "ab" * 16, "iv": "0" * 16,
         "plaintext": '{"imei":"1"}', "ciphertext": "base64:AAECAwQFBgcICQ=="},
        "",
        {"time": 12.5, "algorithm": "RC4", "key": "secret"},
    )  # fmt: skip
    profile = with_hook_log(PROFILE, log)
    assert profile.keys.ciphers == (Cipher("aes", "cbc", b"\xab" * 16, b"0" * 16), Cipher("rc4", "", b"secret"))
    (call,) = profile.keys.hooked
    assert (call.algorithm, call.plaintext, call.ciphertext) == ("aes", b'{"imei":"1"}', bytes(range(10)))
    assert call.time == 1767323045.0
    assert "imei" not in repr(profile.keys)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("AES/ECB/PKCS5Padding", ("aes", "ecb")), ("AES", ("aes", "ecb")), ("aes-256-gcm", ("aes", "gcm")),
        ("DESede/CBC/PKCS5Padding", ("des3", "cbc")), ("DES", ("des", "ecb")), ("ARCFOUR", ("rc4", "")),
    ],
)  # fmt: skip
def test_names_of_algorithms(tmp_path: Path, name: str, wanted: tuple[str, str]) -> None:
    ((cipher, call),) = read_hook_log(written(tmp_path / "h", {"algorithm": name, "key": "k" * 16}))
    assert cipher is not None
    assert (cipher.algorithm, cipher.mode) == wanted
    assert call is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("not json", "one JSON object"), ("[1]", "one JSON object"), ("[" * 100_000, "one JSON object"),
        ({"keys": "a"}, "no field 'keys'"), ({"key": 1}, "key should be text"), ({"iv": "hex:zz"}, "iv is not hex"),
        ({"key": "base64:*"}, "key is not base64"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, row: object, told: str) -> None:
    log = written(tmp_path / "h", {"algorithm": "AES"}, row)
    with pytest.raises(ProfileError, match=f":2: .*{told}"):
        with_hook_log(PROFILE, log)


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        with_hook_log(PROFILE, tmp_path / "none")
    assert with_hooks_in(PROFILE, tmp_path) is PROFILE


def test_keys_are_bounded_and_calls_come_once(tmp_path: Path) -> None:
    rows = [
        {"algorithm": "AES", "key": f"{n:016}", "plaintext": "p", "ciphertext": "c" * 16}
        for n in range(MAX_CIPHERS + 9)
    ]
    keys = with_hook_log(PROFILE, written(tmp_path / "h", *rows)).keys
    assert len(keys.ciphers) == MAX_CIPHERS
    assert len(keys.hooked) == 1
