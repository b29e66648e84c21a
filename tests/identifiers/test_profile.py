"""The device profile: read faithfully, refused with the line and the cure, doubtful values named and still searched."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakwatch.errors import ProfileError
from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.profile import check_profile, load_profile
from leakwatch.identifiers.writing import render_profile, write_profile
from leakwatch.model import App, Cipher, DeviceProfile, Identifier, Keys

GOOD = """\
version: 1
device: {label: pixel-8, region: cn}
identifiers:
  - {type: imei, name: imei, value: "490154203237526"}
  - {type: gps, name: gps, value: "30.1123,120.3547"}
  - type: sms
    name: sms1
    value: |-
      第一行
      第二行
keys:
  salts: ["s4lt", "hex:00ff", "base64:AAEC"]
  hmac_keys: [secret]
  xor_keys: ["hex:5a"]
  ciphers: [{algorithm: AES, mode: CBC, key: "0123456789abcdef", iv: "hex:00112233445566778899aabbccddeeff"}]
apps:
  - package: com.example.app
    first_party_domains: [Example.com., example.net]
    company: Example
    identifiers:
      - {type: idfv, value: 599F9C00-92DC-4B5C-9464-7971F01F8370}
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "phone.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    text = str(caught.value)
    assert "\n" not in text
    return text.removeprefix(str(path))


def test_a_profile_is_read_as_written(written) -> None:
    path = written(GOOD)
    profile = load_profile(path)
    assert (profile.label, profile.region) == ("pixel-8", "CN")
    assert profile.identifiers[2].value == "第一行\n第二行"
    assert profile.keys.salts == (b"s4lt", b"\x00\xff", b"\x00\x01\x02")
    assert profile.keys.ciphers == (
        Cipher("aes", "cbc", b"0123456789abcdef", bytes.fromhex("00112233445566778899aabbccddeeff")),
    )
    app = profile.app("com.example.app")
    assert app.first_party_domains == ("example.com", "example.net")
    assert app.identifiers == (Identifier("idfv", "idfv", "599F9C00-92DC-4B5C-9464-7971F01F8370"),)
    assert profile.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert check_profile(path) == []


def test_the_example_of_the_documentation_is_read_without_a_doubt(written) -> None:
    page = Path(__file__).parents[2] / "docs" / "identifiers.md"
    path = written(page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0])
    assert load_profile(path).apps
    assert check_profile(path) == []


def test_the_documentation_names_every_type() -> None:
    page = Path(__file__).parents[2] / "docs" / "identifiers.md"
    text = page.read_text(encoding="utf-8")
    assert [t for t in KINDS if f"`{t}`" not in text] == []


@pytest.mark.parametrize(
    ("scalar", "value"),
    [("0123456789012", "0123456789012"), ("+8613912345678", "+8613912345678"), ("490154203237518", "490154203237518"),
     ("1e5", "1e5"), ("12:30:45", "12:30:45"), ("0x1A2B", "0x1A2B"), ("1_000", "1_000"), ("2026-01-01",
         "2026-01-01"), ("yes", "yes"),
     ("3.10", "3.10"), ('" padded "', " padded ")],
)  # fmt: skip
def test_a_value_keeps_every_character_though_yaml_sees_a_number(written, scalar: str, value: str) -> None:
    profile = load_profile(written(f"identifiers:\n  - {{type: custom, value: {scalar}}}\n"))
    assert profile.identifiers[0].value == value


def test_an_unquoted_number_that_yaml_would_change_is_warned_of(written) -> None:
    path = written(
        "identifiers:\n  - {type: custom, value: 0123456701}\n  - {type: custom, name: b, value: 490154203237518}\n"
    )
    assert [(f.line, f.identifier, "quotes" in f.text) for f in check_profile(path)] == [(2, "custom", True)]


# -- what breaks the structure -----------------------------------------------------------------------------------------

ONE = "identifiers:\n  - {type: imei, value: '490154203237518'}\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "is empty"),
        ("# nothing\n", None, "is empty"),
        ("- a\n", 1, "should be a mapping (key: value), is a list"),
        ("just text\n", 1, "should be a mapping"),
        (ONE + "identifers: []\n", 3, 'no key "identifers"; did you mean "identifiers"?'),
        (ONE + ONE, 3, '"identifiers" twice'),
        ("version: 2\n" + ONE, 1, "version 2 is newer"),
        ("version: new\n" + ONE, 1, "should be a number"),
        ("device: {label: x}\n", 1, "has no identifiers"),
        ("identifiers: {type: imei}\n", 1, "should be a list"),
        ("identifiers:\n  - {type: imie, value: '1'}\n", 2, 'did you mean "imei"?'),
        ("identifiers:\n  - {type: imei, valeu: '1'}\n", 2, 'did you mean "value"?'),
        ("identifiers:\n  - {type: imei}\n", 2, 'needs "value"'),
        ("identifiers:\n  - {value: '1'}\n", 2, 'needs "type"'),
        ("identifiers:\n  - {type: imei, value: }\n", 2, "the value of imei is missing"),
        ("identifiers:\n  - {type: imei, value: '  '}\n", 2, "is empty"),
        ("identifiers:\n  - {type: imei, value: [1]}\n", 2, "should be a text, is a list"),
        ("identifiers:\n  - {type: imei, value: '1', unchecked: maybe}\n", 2, "true or false"),
        (ONE + "  - {type: imei, value: '490154203237526'}\n", 3, 'two identifiers are named "imei"'),
        (ONE + "device: {region: China}\n", 3, "two letters"),
        (ONE + "keys: {salt: [a]}\n", 3, 'did you mean "salts"?'),
        (ONE + "keys: {salts: ['hex:zz']}\n", 3, "is not the hex it says"),
        (ONE + "keys: {salts: ['base64:*']}\n", 3, "is not the base64 it says"),
        (ONE + "keys: {salts: ['']}\n", 3, "is empty"),
        (ONE + "keys: {ciphers: [{algorithm: aes, mode: xyz, key: k}]}\n", 3, "known with mode cbc"),
        (ONE + "keys: {ciphers: [{algorithm: aes, key: short}]}\n", 3, "16 or 24 or 32 bytes, this has 5"),
        (ONE + "keys: {ciphers: [{algorithm: rot, key: k}]}\n", 3, 'no cipher is called "rot"'),
        (ONE + "apps:\n  - {company: X}\n", 4, 'needs "package"'),
        (ONE + "apps:\n  - {package: a}\n  - {package: a}\n", 5, 'two apps are called "a"'),
        (
            ONE + "apps:\n  - package: a\n    identifiers:\n      - {type: imei, value: '1'}\n",
            6,
            'two identifiers are named "imei"',
        ),
        ("a: &x [1]\nb: *x\n", 2, "alias"),
        ("a: [" * 40, 1, "nested deeper"),
        ("identifiers: [\n", 2, "is not YAML"),
        ("identifiers:\n\t- a\n", 2, "is not YAML"),
        ("a: '\x07'\n", 1, "is not YAML"),
    ],
)
def test_what_breaks_the_structure_is_refused_with_its_line(written, text: str, line: int | None, words: str) -> None:
    message = refusal(written(text))
    assert words in message
    assert message.startswith(": " if line is None else f":{line}: ")


def test_the_same_name_may_stand_in_two_apps(written) -> None:
    app = "  - package: {0}\n    identifiers: [{{type: idfv, value: 599F9C00-92DC-4B5C-9464-7971F01F837{1}}}]\n"
    profile = load_profile(written("apps:\n" + app.format("a", 0) + app.format("b", 1)))
    assert [a.identifiers[0].name for a in profile.apps] == ["idfv", "idfv"]


def test_files_that_are_no_profiles_are_refused_in_one_line(tmp_path: Path, written) -> None:
    assert "no such file" in refusal(tmp_path / "absent.yaml")
    assert "is a folder" in refusal(tmp_path)
    assert ":2: is not UTF-8" in refusal(written(b"device: {}\nidentifiers: \xff\xfe\n"))
    assert "larger than" in refusal(written(b"#" * (17 << 20)))


def test_a_bomb_of_aliases_costs_nothing(written) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert ":2: uses a YAML alias" in refusal(written("\n".join(lines)))


def test_a_byte_order_mark_is_no_error(written) -> None:
    assert load_profile(written("\ufeff" + GOOD)).label == "pixel-8"


def test_values_stay_out_of_errors_and_findings(written) -> None:
    secret = "490154203237519"
    path = written(f"identifiers:\n  - {{type: imei, value: '{secret}', typ: x}}\n")
    assert secret not in refusal(path)
    assert secret not in refusal(written(f"identifiers:\n  - {{type: imei, value: 'x'}}\n  - {secret}: y\n"))
    findings = check_profile(written(f"identifiers:\n  - {{type: imei, value: '{secret}'}}\n"))
    assert findings and all(secret not in repr(f) for f in findings)


@given(st.binary(max_size=200))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_file_raises_anything_but_a_profile_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(data)
    with pytest.raises(ProfileError):
        load_profile(path)


# -- what is doubtful --------------------------------------------------------------------------------------------------


def test_a_wrong_check_digit_is_a_warning_with_its_cure_and_is_searched(written) -> None:
    path = written("identifiers:\n\n  - {type: imei, name: my imei, value: '490154203237513'}\n")
    (finding,) = check_profile(path)
    assert (finding.line, finding.identifier, finding.level) == (3, "my imei", "warning")
    assert (
        finding.text == 'imei "4901********513": check digit should be 8, is 3. Correct it, or add "unchecked: true".'
    )
    assert load_profile(path).identifiers[0].value == "490154203237513"


def test_unchecked_silences(written) -> None:
    assert check_profile(written("identifiers:\n  - {type: imei, value: '490154203237513', unchecked: true}\n")) == []


def test_placeholders_are_ignored_and_common_values_noted(written) -> None:
    path = written("identifiers:\n  - {type: mac, value: '02:00:00:00:00:00'}\n  - {type: person_name, value: Li}\n")
    assert [(f.line, f.level) for f in check_profile(path)] == [(2, "ignored"), (3, "note")]


def test_a_profile_in_memory_is_checked_without_lines() -> None:
    own = App("com.example.app", identifiers=(Identifier("gaid", "gaid", "3840000a"),))
    findings = check_profile(DeviceProfile("x", "CN", (Identifier("imei", "imei", "1" * 14 + "2"),), apps=(own,)))
    assert [(f.line, f.identifier, f.app) for f in findings] == [(0, "imei", ""), (0, "gaid", "com.example.app")]


# -- writing -----------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(lambda t: t.strip())
SECRETS = st.lists(st.binary(min_size=1, max_size=8), max_size=2).map(tuple)


@given(
    st.lists(
        st.builds(Identifier, st.sampled_from(sorted(KINDS)), TEXT, TEXT, st.booleans()),
        min_size=1,
        max_size=4,
        unique_by=lambda i: i.name,
    ),
    st.builds(
        Keys, SECRETS, SECRETS, SECRETS, st.just((Cipher("rc4", "", b"k"), Cipher("aes", "gcm", b"k" * 16, b"iv")))
    ),
    TEXT,
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read_back(tmp_path: Path, identifiers: list[Identifier], keys: Keys, label: str) -> None:
    app = App("com.example.app", ("example.com",), label, (Identifier("vaid", "only here", "v: #'\""),))
    profile = DeviceProfile(
        label, "CN", tuple(identifiers), keys, (app,) if all(i.name != "only here" for i in identifiers) else ()
    )
    path = tmp_path / "round.yaml"
    path.write_text(render_profile(profile), encoding="utf-8", newline="")
    read = load_profile(path)
    assert (read.label, read.identifiers, read.keys, read.apps) == (label, tuple(identifiers), keys, profile.apps)


def test_a_written_profile_is_private_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    profile = DeviceProfile("x", "CN", (Identifier("imei", "imei", "490154203237518"),))
    write_profile(profile, path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(ProfileError, match="not overwritten"):
        write_profile(profile, path)
    assert path.read_bytes() == before
    with pytest.raises(ProfileError, match="cannot be written"):
        write_profile(profile, tmp_path / "no" / "folder.yaml")
