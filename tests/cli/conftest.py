"""A database as a short capture leaves it, and the command line to ask it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leakwatch.cli import cli
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import Mark, Request
from leakwatch.journal.message import request_head
from leakwatch.model import Attribution, FlowSummary, Identifier, LeakRecord, LedgerEntry, Party
from leakwatch.store import Batch, Store

IMEI = "867530912345671"
PROFILE = f"""
version: 1
device: {{label: pixel-8, region: CN}}
identifiers:
  - {{type: imei, name: imei, value: "{IMEI}", unchecked: true}}
"""
THIRD = Attribution(Party.THIRD, "umeng", "Umeng", "友盟", "Alibaba", "CN", "analytics", "the host is Umeng's")


def leak(number: int, **given: object) -> LeakRecord:
    facts: dict[str, object] = dict.fromkeys(LeakRecord.__dataclass_fields__, "")
    facts |= {
        "leak": f"{number:02x}" * 8,
        "exchange": "x1",
        "index": 0,
        "time": "2026-11-18T11:06:41.500Z",
        "port": 443,
    }
    facts |= {
        "boundary": False,
        "direction": "request",
        "method": "POST",
        "protocol": "http/2",
        "host": "log.umeng.example",
    }
    facts |= {
        "url": "https://log.umeng.example/v1",
        "location": "body.json:$.imei",
        "identifier": "imei",
        "kind": "imei",
    }
    facts |= {"chain": ("json",), "offset": 0, "length": 15, "value": "8675********671", "confidence": "certain"}
    facts |= {name: str(getattr(THIRD, name)) for name in ("party", "sdk", "sdk_name", "company", "parent", "country")}
    return LeakRecord(**{**facts, "chance": 1e-12, **given})  # type: ignore[arg-type]


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """The path of a database with one capture: three sure leaks of one flow, one weak, one in a response."""
    path = str(tmp_path / "lab.db")
    body = f'{{"imei":"{IMEI}","password":"hunter22"}}'.encode()
    headers = ((b"Host", b"log.umeng.example"), (b"Cookie", b"sid=s3cr3t"))
    request = Request(
        time=1795000001.5, exchange="x1", host="log.umeng.example", headers=headers, body=body, method="POST"
    )
    with Store.open(path) as store:
        facts = {"capture": "c-20261118-110640-0001", "app": "com.example.app", "device": "pixel-8", "mode": "regular"}
        identifiers = [Identifier("imei", "imei", IMEI), Identifier("idfa", "idfa", "none")]
        capture = store.begin_capture({**facts, "started": 1795000000.0}, identifiers)
        start = len(request_head(request)) + 9
        records = [
            leak(1, offset=start),
            leak(2, exchange="x9", time="2026-11-18T11:08:41.500Z", chain=("json", "md5")),
            leak(3, direction="response", location="body"),
            leak(4, exchange="x9", confidence="weak", offset=start + 20),
        ]
        flow = FlowSummary(
            "x1", 0, 1795000001.5, "http/2", "POST", "", "log.umeng.example", tls=True, attribution=THIRD
        )
        marks = [
            Mark(time=1795000000.0, id="m1", axes={"consent": "none"}, by="default", uncertainty=0.0),
            Mark(time=1795000060.0, id="m2", axes={"consent": "given"}),
        ]
        ledger = [LedgerEntry(1.0, "pinned", "pay.example")]
        store.write(Batch(capture, store.begin_run(capture, "0.1.0", ""), records, [flow], ledger, marks))
        folder = store.capture_folder(capture)
        (folder / "profile.yaml").write_text(PROFILE, "utf-8")
        writer = JournalWriter(folder / "journal")
        writer.append(request)
        writer.close()
    return path


@pytest.fixture
def ask(stored: str) -> Callable[..., Result]:
    """Run a command on that database; stdout and stderr apart."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--db", stored])

    return run
