"""TrackHAR (tweasel), run as published on npm: its adapters, and its indicator matching with the profile's values.

`npm install trackhar` in a folder outside this project, then `--trackhar FOLDER`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.detection import traffic
from bench.detection.person import Person
from bench.detection.traffic import Exchange

NAME = "TrackHAR"
_SCRIPT = """
import { readFileSync } from 'node:fs';
import { process as trackhar } from 'trackhar';
const har = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const values = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const found = await trackhar(har, { indicatorValues: values });
console.log(JSON.stringify(found.map(one => (one ?? []).map(({ property, value, path, reasoning }) =>
    ({ property, value: String(value), path, reasoning: String(reasoning) })))));
"""


def find(exchanges: list[Exchange], person: Person, folder: Path) -> list[dict[str, Any]]:
    """Return a record for each value that it reports and that is one of the person's, and one for each other value."""
    values = {name: value for name, (_, value) in person.ids.items()}
    with tempfile.TemporaryDirectory() as temporary:
        paths = [Path(temporary) / "traffic.har", Path(temporary) / "values.json"]
        paths[0].write_bytes(traffic.har(exchanges))
        paths[1].write_text(json.dumps(values), "utf-8")
        script = folder / "leakwatch-bench.mjs"
        script.write_text(_SCRIPT, "utf-8")
        done = subprocess.run(
            ["node", str(script), *map(str, paths)], cwd=folder, capture_output=True, text=True, check=True, timeout=600
        )
        script.unlink()
    records = []
    for index, found in enumerate(json.loads(done.stdout.splitlines()[-1])):
        for one in found:
            name = one["property"] if one["property"] in values else _named(one["value"], values)
            records.append(
                {"index": index, "identifier": name or f"? {one['property']}", "direction": "request", "chain": [],
                 "location": one["path"], "form": ""}
            )  # fmt: skip
    return [record for record in records if not record["identifier"].startswith("? ")]


def _named(value: str, values: dict[str, str]) -> str:
    """The identifier that an adapter's value is; adapters also report models and versions, which are not asked for."""
    return next((name for name, known in values.items() if known.casefold() == value.casefold()), "")
