"""Stand-in endpoints on loopback: one upstream proxy that answers as every host of the demo, over real TLS."""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from websockets.server import ServerProtocol

from leakwatch.demo import world


class Standin(BaseHTTPRequestHandler):
    """Takes `CONNECT host:443`, puts TLS on the same socket, then answers as that host would."""

    protocol_version = "HTTP/1.1"
    server_version = "stand-in"
    tls: ssl.SSLContext

    def do_CONNECT(self) -> None:
        """Accept the tunnel and go on with TLS inside it."""
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self) -> None:
        """Answer a GET; an upgrade becomes a WebSocket that says `ok` to each message."""
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._websocket()
        elif self.path == "/v1/me":
            self._answer({"id": "u-20815", "phone": world.PHONE.removeprefix("+86"), "level": 3})
        else:
            self._answer({"status": "1", "info": "OK"})

    def do_POST(self) -> None:
        """Read the body and answer that all is well."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer({"code": 0, "msg": "success"})

    def _answer(self, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _websocket(self) -> None:
        self.close_connection = True
        protocol = ServerProtocol()
        head = f"{self.requestline}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in self.headers.items()) + "\r\n"
        protocol.receive_data(head.encode("latin-1"))
        for event in protocol.events_received():
            protocol.send_response(protocol.accept(event))  # type: ignore[arg-type]  # the first event is the request
        self._flush(protocol)
        while data := self.connection.recv(65536):
            protocol.receive_data(data)
            for event in protocol.events_received():
                if getattr(event, "opcode", None) in (1, 2):
                    protocol.send_text(b'{"op":"ok"}')
            self._flush(protocol)
            if protocol.close_expected():
                return

    def _flush(self, protocol: ServerProtocol) -> None:
        for data in protocol.data_to_send():
            if data:
                self.connection.sendall(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demo's screen belongs to the live table."""


class Endpoints(ThreadingHTTPServer):
    """The server; a client that goes away in mid-handshake is no news."""

    daemon_threads = True
    address_family = socket.AF_INET

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore broken connections, which the pinned host makes on purpose."""


def main() -> None:
    """Serve on a free loopback port, print it, and end when standard input closes (the demo has gone)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", type=Path, required=True)
    args = parser.parse_args()
    Standin.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    Standin.tls.load_cert_chain(args.certificate)
    with Endpoints(("127.0.0.1", 0), Standin) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
