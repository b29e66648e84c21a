"""Names in the server's certificate travel with the opening of a flow, from flow files and from packets."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from mitmproxy.certs import Cert
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from leakwatch.journal.events import Opening, Request
from leakwatch.journal.framing import decode, encode
from leakwatch.sources import open_source
from leakwatch.sources.mitmproxy_events import MAX_NAMES, certificates_of

CAPTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "captures"


def certificate(*names: str) -> Cert:
    return Cert.from_pem(trustme.CA().issue_cert(*names).cert_chain_pems[0].bytes())


def test_a_flow_file_tells_the_certificates_names(tmp_path: Path) -> None:
    flow = tflow.tflow(resp=True)
    flow.server_conn.certificate_list = [certificate("log.vendor.com", "*.vendor.com")]
    with (tmp_path / "a.mitm").open("wb") as file:
        FlowWriter(file).add(flow)
    (request,) = (e for e in open_source(tmp_path / "a.mitm", ()).read() if isinstance(e, Request))
    assert set(request.certificates) >= {"log.vendor.com", "*.vendor.com"}
    head, bulk = encode(request)
    assert decode(head + bulk, 0, 0.0) == request


def test_a_shared_servers_names_are_bounded_and_none_is_none() -> None:
    flow = tflow.tflow()
    flow.server_conn.certificate_list = [certificate(*(f"h{n}.example.com" for n in range(100)))]
    assert 30 < len(certificates_of(flow.server_conn)) <= MAX_NAMES
    flow.server_conn.certificate_list = []
    assert certificates_of(flow.server_conn) == ()


def test_packets_tell_the_certificates_names() -> None:
    path = CAPTURES / "pcap" / "pcap2har__github.pcap"
    if not path.is_file():
        pytest.skip("the shared captures are not here")
    told = {n for e in open_source(path, ()).read() if isinstance(e, Opening) for n in e.certificates}
    assert {"google-analytics.com", "*.cloudfront.net"} <= told
