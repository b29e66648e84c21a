"""Spellings of a value, and sets of items."""

from __future__ import annotations

from collections.abc import Callable

from bench.detection import encoders as enc
from bench.detection.families.registry import family, json_body, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange


def _form(name: str, tier: str, identifier: str, shape: Callable[[str], str]) -> None:
    @family(name, tier, (identifier,) * 4)
    def _(p: Person, n: str, v: str) -> Exchange:
        return make((n, "json", "body.json:$.v"), **json_body({"v": shape(v), "k": 1}))


_form("mac-no-separators", "core", "mac", lambda v: v.replace(":", ""))
_form("mac-upper-dashes", "core", "mac", lambda v: v.replace(":", "-").upper())
_form("mac-dots", "extended", "mac", lambda v: ".".join(v.replace(":", "")[i : i + 4] for i in (0, 4, 8)))
_form("uuid-no-dashes", "core", "oaid", lambda v: v.replace("-", ""))
_form("uuid-braces-upper", "extended", "gaid", lambda v: "{" + v.upper() + "}")
_form("phone-national", "core", "phone", lambda v: v[3:])
_form("phone-0086", "extended", "phone", lambda v: "00" + v[1:])
_form("phone-spaces", "extended", "phone", lambda v: f"+86 {v[3:6]} {v[6:10]} {v[10:]}")
_form("imei-14", "extended", "imei", lambda v: v[:14])
_form("imei-dashes", "extended", "imei", lambda v: f"{v[:2]}-{v[2:8]}-{v[8:14]}-{v[14]}")
_form("iccid-f", "extended", "iccid", lambda v: v + "F")
_form("email-upper", "core", "email", str.upper)
_form("meid-lower", "extended", "meid", str.lower)
_form("sms-piece", "extended", "sms_1", lambda v: v[4:])


@family("contacts", "core", ("contact_0_name", "contact_1_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    people = [{"name": p.value(f"contact_{i}_name"), "tel": p.value(f"contact_{i}_phone")} for i in range(4)]
    labels = [
        (f"contact_{i}_{k}", "json", f"body.json:$.list[{i}].{key}")
        for i in range(4)
        for k, key in (("name", "name"), ("phone", "tel"))
    ]
    return make(*labels, **json_body({"list": people}))


_form("imeisv", "extended", "imei", lambda v: v[:14] + "07")
_form("mac-reversed-bytes", "extended", "mac", lambda v: "".join(reversed(v.split(":"))))
_form("email-no-tag", "extended", "gmail", lambda v: v.split("+")[0] + "@gmail.com")
_form("email-no-dots", "extended", "gmail", lambda v: v.split("+")[0].replace(".", "") + "@gmail.com")
_form("email-other-domain", "extended", "gmail", lambda v: v.split("+")[0] + "@googlemail.com")
_form("phone-dashes", "extended", "phone", lambda v: f"{v[3:6]}-{v[6:10]}-{v[10:]}")
_form("phone-86", "extended", "phone", lambda v: v[1:])
_form("id-card", "core", "id_card", lambda v: v)
_form("bank-card-groups", "extended", "bank_card", lambda v: " ".join(v[i : i + 4] for i in range(0, len(v), 4)))
_form("meid-decimal", "extended", "meid", lambda v: f"{int(v[:8], 16):010}{int(v[8:], 16):08}")
_form("serial-in-text", "extended", "serial", lambda v: f"SN={v};model=X1")
_form("android-id-upper", "core", "android_id", str.upper)
_form("sms-tail", "extended", "sms_1", lambda v: "…" + v[-24:])


@family("android-id-decimal", "extended", ("android_id",) * 3)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.v"), **json_body({"v": str(int(v, 16)), "k": 1}))


@family("name-swapped", "extended", ("person_name", "contact_1_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.to"), **json_body({"to": f"{v[2:]} {v[:2]}"}))


@family("name-spaced", "extended", ("person_name", "contact_2_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.to"), **json_body({"to": f"{v[:2]} {v[2:]}"}))


@family("contacts-protobuf", "extended", ("contact_0_name",) * 2)
def _(p: Person, n: str, v: str) -> Exchange:
    people = [enc.pb((1, p.value(f"contact_{i}_name")), (2, p.value(f"contact_{i}_phone"))) for i in range(4)]
    labels = [
        (f"contact_{i}_{k}", "protobuf", f"body.protobuf:3.{f}")
        for i in range(4)
        for k, f in (("name", 1), ("phone", 2))
    ]
    return make(*labels, **packed(enc.pb((1, 7), *((3, one) for one in people))))


@family("contacts-digests", "extended", ("contact_0_phone",) * 2)
def _(p: Person, n: str, v: str) -> Exchange:
    digests = [enc.bits(p.value(f"contact_{i}_phone"), "sha256") for i in range(4)]
    labels = [(f"contact_{i}_phone", "json sha256", f"body.json:$.book[{i}]") for i in range(4)]
    return make(*labels, **json_body({"book": digests}))


@family("several-in-one", "core", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    names = ("imei", "oaid", "mac", "android_id", "email", "serial")
    labels = [(name, "json", f"body.json:$.d.{name}") for name in names]
    return make(*labels, **json_body({"d": {name: p.value(name) for name in names}, "ts": 1763750000123}))
