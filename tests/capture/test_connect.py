"""Connecting a phone: the steps, the codes, and the likely cause when nothing decrypts."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import pytest

from leakwatch.capture.connect import (
    connection_line,
    diagnosis,
    is_loopback,
    lan_address,
    qr,
    reachable_address,
    steps,
    wireguard_config,
)
from leakwatch.capture.progress import Progress
from leakwatch.journal.events import Request, Response, TlsFailure

OWN = ["lvxing.example"]


def request(host: str, tls: bool = True, time: float = 100.0) -> Request:
    return Request(time=time, exchange=host, host=host, tls=tls, body=b"12345")


def refused(host: str, time: float = 100.0) -> TlsFailure:
    return TlsFailure(time=time, sni=host, refused=True)


def after(*events: object) -> Progress:
    progress = Progress()
    for event in events:
        progress.observe(event)  # type: ignore[arg-type]  # events of several types
    return progress


def test_the_guessed_address_is_an_address() -> None:
    assert ipaddress.ip_address(lan_address())
    assert reachable_address("0.0.0.0") == lan_address()
    assert reachable_address("") == lan_address()
    assert reachable_address("10.1.2.3") == "10.1.2.3"


def test_the_steps_are_three_and_name_address_port_and_app() -> None:
    join, trust, start = steps("regular", "10.1.2.3", 8080, "com.example.app")
    assert "server 10.1.2.3, port 8080" in join
    assert "http://mitm.it" in trust
    assert "com.example.app" in start
    assert "SOCKS5" in steps("socks5", "10.1.2.3", 1080, "")[0]
    assert "WireGuard" in steps("wireguard", "10.1.2.3", 51820, "")[0]


@pytest.mark.parametrize("mode", ["regular", "upstream:http://127.0.0.1:1", "socks5"])
def test_nobody_is_told_to_join_what_no_phone_can_reach(mode: str) -> None:
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("10.1.2.3") and not is_loopback("proxy.example")
    said = " ".join(steps(mode, "127.0.0.1", 8080, "com.example.app"))
    assert "Wi-Fi" not in said
    assert "127.0.0.1, port 8080" in said
    assert "no phone can reach" in said


def test_the_code_is_a_square_with_a_quiet_zone() -> None:
    lines = qr("http://mitm.it").splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set(lines[0]) == {"█"}


def test_the_wireguard_configuration_comes_from_mitmproxys_keys(tmp_path: Path) -> None:
    import mitmproxy_rs

    assert wireguard_config(tmp_path, "10.1.2.3", 51820) is None
    server, client = mitmproxy_rs.wireguard.genkey(), mitmproxy_rs.wireguard.genkey()
    (tmp_path / "wireguard.conf").write_text(json.dumps({"server_key": server, "client_key": client}))
    text = wireguard_config(tmp_path, "10.1.2.3", 51820)
    assert text is not None
    assert f"PrivateKey = {client}" in text
    assert f"PublicKey = {mitmproxy_rs.wireguard.pubkey(server)}" in text
    assert "Endpoint = 10.1.2.3:51820" in text
    (tmp_path / "wireguard.conf").write_text("{}")
    assert wireguard_config(tmp_path, "10.1.2.3", 51820) is None


def test_the_connection_line_goes_step_by_step() -> None:
    assert connection_line(Progress()) == "phone seen – · certificate trusted – · first decrypted flow –"
    seen = after(request("mitm.it", tls=False))
    assert connection_line(seen).startswith("phone seen ✓ · certificate trusted –")
    all_of_it = after(request("a.example"), Response(time=101, exchange="a.example", status=200))
    assert connection_line(all_of_it).count("✓") == 3


def test_the_ca_page_over_tls_is_no_decrypted_flow_of_the_app() -> None:
    assert after(request("mitm.it")).first_decrypted == 0


@pytest.mark.parametrize(
    ("progress", "now", "words"),
    [
        (Progress(), 100.0, "Waiting for the phone"),
        (after(refused("a.example")), 110.0, ""),
        (after(refused("a.example"), refused("b.example")), 131.0, "certificate is not installed"),
        (after(request("a.example", tls=False)), 131.0, "only unencrypted traffic"),
        (after(request("www.google.com"), refused("api.lvxing.example")), 131.0, "trusts no user CA"),
        (after(request("api.lvxing.example"), refused("pay.lvxing.example")), 131.0, "likely pinned"),
        (after(request("api.lvxing.example"), refused("x.third.example")), 131.0, "likely pinned"),
        (after(request("api.lvxing.example"), refused("api.lvxing.example")), 131.0, ""),
        (after(request("api.lvxing.example")), 131.0, ""),
    ],
    ids=["no phone", "too early", "no CA", "plain", "user CA ignored", "pinned", "third pinned", "recovered", "well"],
)
def test_the_likely_cause_is_named(progress: Progress, now: float, words: str) -> None:
    said = diagnosis(progress, OWN, now)
    assert (words in said) if words else said == ""
    assert "\n" not in said


def test_a_domain_that_only_ends_like_the_apps_is_not_the_apps() -> None:
    said = diagnosis(after(request("www.google.com"), refused("notlvxing.example")), OWN, 131.0)
    assert "likely pinned" in said
