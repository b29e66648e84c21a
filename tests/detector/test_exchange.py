"""What leaks of one exchange share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leakwatch.detector import Detector
from leakwatch.testing import make_profile, make_request
from leakwatch.testing.factories import IMEI


@pytest.mark.parametrize(
    ("server", "ip"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::1"), ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
     ("proxy.example.com", ""), ("", ""), ("cafe", "")],
)  # fmt: skip
def test_an_ip_is_an_address(server, ip):
    request = make_request(f"https://a.example/?imei={IMEI}")
    leaks = Detector(make_profile(imei=IMEI)).feed(replace(request, server=(server, 443)))
    assert [leak.ip for leak in leaks] == [ip]
