"""Clients that people really use, through the addon over real TLS: headless Chromium and Node's own fetch."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leakwatch.journal.events import Event, Request, Response

IMEI = "867900045123877"

PAGE = f"""<!doctype html><meta charset="utf-8"><title>waiting</title><script>
fetch("/collect?src=page", {{method: "POST", headers: {{"Content-Type": "application/json"}},
  body: JSON.stringify({{imei: "{IMEI}", name: "欧阳晓雯"}})}})
  .then(r => r.text()).then(t => document.title = t)
</script>"""

# Node 20's fetch takes no proxy from its environment. Its own dispatcher class can be had, and then tunnelled.
NODE = """
const http = require("http"), tls = require("tls"), fs = require("fs");
const [proxyPort, url, ca] = process.argv.slice(1);
const connect = ({hostname, port}, done) => {
  const asked = http.request({host: "127.0.0.1", port: proxyPort, method: "CONNECT", path: `${hostname}:${port}`});
  asked.on("connect", (_, socket) => {
    const secure = tls.connect({socket, servername: hostname, ca: fs.readFileSync(ca)}, () => done(null, secure));
    secure.on("error", done);
  }).on("error", done).end();
};
fetch("data:,").then(() => {
  const Agent = globalThis[Symbol.for("undici.globalDispatcher.1")].constructor;
  const body = JSON.stringify({imei: "%s"});
  return fetch(url, {method: "POST", body, dispatcher: new Agent({connect})});
}).then(r => r.text()).then(console.log, e => { console.error(e); process.exit(1); });
"""


def _bodies(events: list[Event]) -> list[tuple[str, bytes]]:
    return [(e.target.decode(), e.body) for e in events if isinstance(e, Request)]


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed (apt-get install chromium)")
def test_a_page_in_chromium_posts_an_identifier(proxy: Any, upstream: Any, tmp_path: Path) -> None:
    key = x509.load_pem_x509_certificate(proxy.ca.read_bytes()).public_key()
    pin = base64.b64encode(hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest())
    page = "data:text/html;base64," + base64.b64encode(
        PAGE.replace('"/collect', f'"{upstream.url("/collect")}').replace("method", 'mode: "no-cors", method').encode()
    ).decode()
    subprocess.run(
        [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", f"--proxy-server=127.0.0.1:{proxy.port}",
            "--proxy-bypass-list=<-loopback>", f"--ignore-certificate-errors-spki-list={pin.decode()}",
            "--virtual-time-budget=5000", "--dump-dom", page,
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    events = proxy.wait_for(lambda seen: any(t.startswith("/collect") for t, _ in _bodies(seen)))
    posted = [body for target, body in _bodies(events) if target.startswith("/collect")]
    assert IMEI.encode() in posted[0] and "欧阳晓雯".encode() in posted[0]
    assert [body for line, body in upstream.seen if line.startswith("POST /collect")] == posted


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed (apt-get install nodejs)")
def test_nodes_fetch_posts_an_identifier(proxy: Any, upstream: Any) -> None:
    done = subprocess.run(
        ["node", "-e", NODE % IMEI, str(proxy.port), upstream.url("/node"), str(proxy.ca)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "ok /node"
    events = proxy.events()
    assert [body for target, body in _bodies(events) if target == "/node"] == [f'{{"imei":"{IMEI}"}}'.encode()]
    assert [e.status for e in events if isinstance(e, Response)] == [200]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed (apt-get install curl)")
@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_posts_an_identifier(proxy: Any, upstream: Any, version: str, tmp_path: Path) -> None:
    command = ["curl", "-sS", version, "-x", proxy.url, "--cacert", str(proxy.ca), "-d", f"imei={IMEI}"]
    done = subprocess.run([*command, upstream.url("/curl")], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "ok /curl"), done.stderr
    assert ("/curl", f"imei={IMEI}".encode()) in _bodies(proxy.events())


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed (apt-get install curl)")
def test_tls_to_an_address_without_a_name(proxy: Any, upstream: Any) -> None:
    """As apps do that look names up by HTTPDNS: the ClientHello names no host."""
    command = ["curl", "-sS", "-x", proxy.url, "--cacert", str(proxy.ca), "-d", f"imei={IMEI}"]
    url = f"https://127.0.0.1:{upstream.port}/no-name"
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "ok /no-name"), done.stderr
    (request,) = [e for e in proxy.events() if isinstance(e, Request)]
    assert (request.host, request.sni, request.body) == ("127.0.0.1", "", f"imei={IMEI}".encode())
