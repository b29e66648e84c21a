"""JA4 as its specification works it out, and the names in a ClientHello."""

from __future__ import annotations

import pytest

from leakwatch.sources.pcap.tls_hello import client_hello

CIPHERS = "2a2a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
KINDS = "3a3a 0000 0017 ff01 000a 000b 0023 0010 0005 000d 0012 0033 002d 002b 001b 4469 9a9a 0015"
SIGNATURES = "0403 0804 0401 0503 0805 0501 0806 0601"


def _two(size: int) -> bytes:
    return size.to_bytes(2, "big")


def _hello(alpn: bytes | None = b"h2", name: bytes = b"www.example", kinds: str = KINDS) -> bytes:
    """The ClientHello of Chrome that FoxIO's specification of JA4 takes for its example, GREASE put in."""
    bodies = {
        0x0000: _two(len(name) + 3) + b"\0" + _two(len(name)) + name,
        0x000D: _two(16) + bytes.fromhex(SIGNATURES),
        0x002B: bytes.fromhex("06 5a5a 0304 0303"),
        0x0010: _two(len(alpn or b"") + 1) + bytes([len(alpn or b"")]) + (alpn or b""),
    }
    extensions = b""
    for kind in bytes.fromhex(kinds).hex(" ", 2).split():
        number = int(kind, 16)
        if number != 0x0010 or alpn is not None:
            body = bodies.get(number, b"")
            extensions += _two(number) + _two(len(body)) + body
    suites = bytes.fromhex(CIPHERS)
    return b"\3\3" + bytes(32) + b"\0" + _two(len(suites)) + suites + b"\1\0" + _two(len(extensions)) + extensions


def _ja4(**given: object) -> str:
    hello = client_hello(_hello(**given))  # type: ignore[arg-type]  # the arguments of _hello
    assert hello is not None
    return hello.ja4()


def test_the_example_of_the_specification() -> None:
    assert _ja4() == "t13d1516h2_8daaf6152771_e5627efa2ab1"


@pytest.mark.parametrize(
    ("alpn", "ends"),
    [(b"h2", "h2"), (b"http/1.1", "h1"), (b"h", "hh"), (b"\xab", "ab"), (b"\xab\xcd", "ad"), (b"0\xab", "3b"),
     (b"\xe9t\xe9", "e9"), (None, "00")],
)  # fmt: skip
def test_the_protocol_in_two_characters(alpn: bytes | None, ends: str) -> None:
    assert _ja4(alpn=alpn)[8:10] == ends


def test_no_name_and_no_signatures() -> None:
    assert _ja4(kinds=KINDS.replace("0000 ", "").replace("000d ", ""))[:8] == "t13i1514"


def test_a_name_that_is_no_ascii_is_kept_readable() -> None:
    hello = client_hello(_hello(name=b"\xffb.Example"))
    assert hello is not None and hello.sni == "\\xffb.example"
