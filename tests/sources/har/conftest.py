"""What the tests of the HAR reader share: entries made in one line, and files read back."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from leakwatch.journal.events import Event, Request, Response
from leakwatch.sources import har

GOOD = {
    "startedDateTime": "2024-05-06T07:08:09.250Z",
    "time": 1500,
    "request": {
        "method": "POST",
        "url": "https://api.example.com:8443/v1/open?did=a%20b#never-sent",
        "httpVersion": "HTTP/2.0",
        "headers": [
            {"name": ":authority", "value": "api.example.com:8443"},
            {"name": "X-Did", "value": "über"},
            {"name": "Content-Type", "value": "application/json"},
        ],
        "postData": {"mimeType": "application/json", "text": '{"a":1}'},
    },
    "response": {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "h2",
        "headers": [{"name": "Content-Type", "value": "text/plain"}],
        "content": {"size": 2, "text": "ok"},
    },
    "serverIPAddress": "[2001:db8::1]",
}


class Case:
    """Writes a HAR and reads it back."""

    good = GOOD

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def path(self, content: str | bytes) -> Path:
        """Write `content` to a file of its own."""
        path = self._folder / f"{next(self._numbers)}-capture.har"
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return path

    def events(self, content: str | bytes) -> list[Event]:
        """Every event of a HAR that holds `content`."""
        path = self.path(content)
        try:
            return list(har.read(path))
        finally:
            path.unlink()

    @staticmethod
    def text(*entries: Any, **log: Any) -> str:
        """A HAR 1.2 with these entries."""
        return json.dumps({"log": {"version": "1.2", **log, "entries": list(entries), "pages": []}}, ensure_ascii=False)

    @staticmethod
    def entry(request: Any = None, response: Any = None, **members: Any) -> dict[str, Any]:
        """A small entry; without `response` it has none."""
        made: dict[str, Any] = {"startedDateTime": "2024-05-06T07:08:09Z", **members}
        made["request"] = {"method": "POST", "url": "http://h.example/", **(request or {})}
        if response is not None:
            made["response"] = {"status": 200, **response}
        return made

    def request(self, **members: Any) -> Request:
        """The request that an entry with these members becomes."""
        first = self.events(self.text(self.entry(members)))[0]
        assert isinstance(first, Request)
        return first

    def response(self, **members: Any) -> Response:
        """The response that an entry with these members becomes."""
        second = self.events(self.text(self.entry(None, members)))[1]
        assert isinstance(second, Response)
        return second


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("har"))
