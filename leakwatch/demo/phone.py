"""The simulated phone: a process of its own whose real HTTPS and WebSocket clients play the story through the proxy.

It trusts the proxy's CA for every host but the pinned ones, for which it trusts only the endpoint's own CA. On standard
output it says `agree` just before the user taps Agree, and waits for a line on standard input before it taps.
"""

from __future__ import annotations

import argparse
import http.client
import ssl
import sys
import time
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from leakwatch.demo import payloads, world
from leakwatch.demo.story import LENGTH, STEPS

USER_AGENT = "Lvxing/4.2.1 (Android 14; demo-phone)"


class Phone:
    """The app's network stack: `proxy` is (host, port), `ca` the proxy's CA, `own_ca` the one that the app pins."""

    def __init__(self, proxy: tuple[str, int], ca: Path, own_ca: Path) -> None:
        self.proxy = proxy
        self.trusting = ssl.create_default_context(cafile=str(ca))
        self.pinning = ssl.create_default_context(cafile=str(own_ca))

    def call(self, call: payloads.Call) -> bool:
        """Make one HTTPS request; a refused certificate is what a pinned host is for, so it is no error."""
        context = self.pinning if call.host in world.PINNED_HOSTS else self.trusting
        connection = http.client.HTTPSConnection(*self.proxy, context=context, timeout=10)
        connection.set_tunnel(call.host, 443)
        try:
            connection.request(call.method, call.target, call.body or None, {"User-Agent": USER_AGENT, **call.headers})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def push(self) -> None:
        """Log in to the push channel over a WebSocket."""
        tunnel = http.client.HTTPConnection(*self.proxy, timeout=10)
        tunnel.set_tunnel(world.PUSH, 443)
        try:
            tunnel.connect()
            sock, tunnel.sock = tunnel.sock, None
            with connect(f"wss://{world.PUSH}/ws", sock=sock, ssl=self.trusting, open_timeout=10) as channel:
                channel.send(payloads.login_frame())
                channel.recv(timeout=5)
        except (OSError, http.client.HTTPException, WebSocketException, TimeoutError):
            return


def play(phone: Phone, pace: float) -> None:
    """Play every step at its second, `pace` times as fast as told."""
    start = time.monotonic()
    for step in STEPS:
        _sleep_until(start + step.second / pace)
        if step.agree:
            sys.stdout.write("agree\n")
            sys.stdout.flush()
            sys.stdin.readline()
        for make in step.calls:
            phone.call(make())
        if step.push:
            phone.push()
    _sleep_until(start + LENGTH / pace)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def main() -> None:
    """Play the story once through the proxy named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--proxy-port", type=int, required=True)
    parser.add_argument("--ca", type=Path, required=True)
    parser.add_argument("--own-ca", type=Path, required=True)
    parser.add_argument("--pace", type=float, default=1.0)
    args = parser.parse_args()
    try:
        play(Phone(("127.0.0.1", args.proxy_port), args.ca, args.own_ca), args.pace)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
