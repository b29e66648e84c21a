"""How to connect the phone: addresses, the three steps with their QR code, and what is missing when nothing arrives."""

from __future__ import annotations

import io
import ipaddress
import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import segno

from leakwatch.capture.progress import Progress, under
from leakwatch.capture.wording import clean

CA_PAGE = "http://mitm.it"
"""mitmproxy's own page with the CA for each system; it is answered by the proxy and never leaves it."""

PATIENCE = 30.0
"""Seconds after the first connection without a decrypted flow, after which the likely cause is named."""

DEFAULT_PORTS = {"socks5": 1080, "wireguard": 51820}


def lan_address() -> str:
    """Guess the address at which a phone on the same network reaches this computer; 127.0.0.1 where there is none.

    A UDP socket is connected to an address reserved for documentation (RFC 5737), which only asks the routing table:
    nothing is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def reachable_address(listen_host: str) -> str:
    """Return the address to type into the phone for a proxy that listens on `listen_host`."""
    try:
        everywhere = not listen_host or ipaddress.ip_address(listen_host).is_unspecified
    except ValueError:
        everywhere = False
    return lan_address() if everywhere else listen_host


def is_loopback(address: str) -> bool:
    """Tell whether only this computer can reach an address: no phone joins it, and no code need be scanned."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def qr(text: str) -> str:
    """Draw a QR code in half blocks, with the quiet zone that cameras need."""
    drawing = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawing, compact=True, border=2)
    return drawing.getvalue()


def steps(mode: str, address: str, port: int, app: str) -> list[str]:
    """Return the three steps a tester follows: join, trust, open the app; on loopback for a program, not a phone."""
    kind = mode.partition(":")[0].partition("@")[0]
    app = clean(app) or "the app under test"
    join = {
        "wireguard": "Join: in the WireGuard app on the phone scan the code below and switch the tunnel on.",
        "socks5": f"Join: on the phone set a SOCKS5 proxy, server {address}, port {port}.",
        "transparent": f"Join: route the phone's ports 80 and 443 through {address} to port {port}.",
    }.get(kind, f"Join: on the phone's Wi-Fi set the proxy to Manual, server {address}, port {port}.")
    if is_loopback(address):
        return [
            f"Join: set the emulator's or program's proxy to {address}, port {port}; no phone can reach this address.",
            f"Trust: open {CA_PAGE} there, install the certificate for its system and trust it.",
            f"Open {app} when the line below says that it was seen.",
        ]
    return [
        join,
        f"Trust: open {CA_PAGE} on the phone, install the certificate for its system and trust it.",
        f"Open {app} when the line below says that the phone was seen.",
    ]


def wireguard_config(confdir: Path, address: str, port: int, data: str = "") -> str | None:
    """Return the phone's WireGuard configuration, from the keys that mitmproxy keeps; None while there are none yet.

    The layout is the one that mitmproxy prints itself (`WireGuardServerInstance.client_conf`).
    """
    import mitmproxy_rs

    path = Path(data).expanduser() if data else confdir / "wireguard.conf"
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))
        public = mitmproxy_rs.wireguard.pubkey(keys["server_key"])
        private = str(keys["client_key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (
        f"[Interface]\nPrivateKey = {private}\nAddress = 10.0.0.1/32\nDNS = 10.0.0.53\n\n"
        f"[Peer]\nPublicKey = {public}\nAllowedIPs = 0.0.0.0/0\nEndpoint = {address}:{port}"
    )


def connection_line(progress: Progress, now: float | None = None) -> str:
    """Tell whether the phone is connected: `phone seen ✓ · certificate trusted ✓ · first decrypted flow ✓`."""
    seen, trusted = progress.first_contact > 0, progress.first_decrypted > 0
    states = (("phone seen", seen), ("certificate trusted", trusted), ("first decrypted flow", progress.responses > 0))
    return " · ".join(f"{words} {'✓' if done else '–'}" for words, done in states)


def diagnosis(progress: Progress, domains: Sequence[str], now: float | None = None) -> str:
    """Name what is missing and what to do, or return "" while all is well or it is too early to tell.

    `domains` are the app's own. What refuses our certificate tells the cause: everything (the CA is not trusted), the
    app's hosts only while others open (the app trusts no user CA), single hosts among many (pinning).
    """
    waited = (time.time() if now is None else now) - progress.first_contact
    failed = [h for h in progress.failed_hosts if h not in progress.decrypted_hosts]
    if not progress.first_contact:
        return "Waiting for the phone: do step 1, then open any page on it."
    if not progress.decrypted_hosts:
        if waited < PATIENCE:
            return ""
        if failed:
            return (
                f"Nothing decrypts: every TLS connection failed ({_names(failed)}). Likely the certificate is not "
                f"installed, or on an iPhone not yet trusted: repeat step 2."
            )
        return f"Nothing decrypts: only unencrypted traffic so far. Install the certificate (step 2), open {CA_PAGE}."
    if not failed:
        return ""
    own = [h for h in failed if under(h, domains)]
    if own and not any(under(h, domains) for h in progress.decrypted_hosts):
        return (
            f"The app's own hosts refuse our certificate ({_names(own)}) while others open. Likely the app trusts no "
            "user CA (Android 7 and later): use a rooted phone with the CA in the system store, or an iPhone."
        )
    return f"{_names(failed)} refused our certificate: likely pinned. They pass through unread and stand in the ledger."


def _names(hosts: Sequence[str]) -> str:
    shown = ", ".join(clean(h)[:60] for h in hosts[:3])
    return f"{shown} and {len(hosts) - 3} more" if len(hosts) > 3 else shown
