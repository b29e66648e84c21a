"""Generate, scan by the real command, score, print: `python -m bench.detection [--seed N …] [--misses]`."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.detection import traffic
from bench.detection.negatives import NEGATIVES
from bench.detection.person import Person
from bench.detection.positives import FAMILIES
from bench.detection.score import Score, score
from bench.detection.verify import problems

TIERS = ("core", "extended", "hard")


def generate(seed: int) -> tuple[Person, list[traffic.Exchange]]:
    """Make the person and the exchanges of a seed, positives and negatives mixed."""
    rng = random.Random(seed)
    person = Person(random.Random(rng.random()))
    exchanges = [family.build(person, name) for family in FAMILIES for name in family.names]
    for name, build in NEGATIVES.items():
        for _ in range(9):
            exchange = build(rng, person, Person(random.Random(rng.random())))
            exchange.family = name
            exchanges.append(exchange)
    rng.shuffle(exchanges)
    return person, exchanges


def scan(folder: Path, person: Person, exchanges: list[traffic.Exchange], confidence: str = "") -> list[dict[str, Any]]:
    """Write the capture and the profile, scan them, return the records."""
    (folder / "phone.yaml").write_text(person.profile(), encoding="utf-8")
    (folder / "traffic.har").write_bytes(traffic.har(exchanges))
    command = [sys.executable, "-m", "leakwatch", "scan", str(folder / "traffic.har")]
    command += ["--device", str(folder / "phone.yaml"), "--format", "jsonl"]
    if confidence:
        command += ["--confidence", confidence]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def row(name: str, result: Score) -> str:
    """One line of the table."""
    shares = [f"{result.recall(tier):7.1%}" for tier in TIERS] + [f"{result.precision:7.1%}"]
    flagged = result.flagged / result.negatives if result.negatives else 0.0
    kept = [c[True] / max(1, c.total()) for c in (result.chains, result.locations, result.directions)]
    return f"{name:22} {' '.join(shares)} {flagged:7.1%} {' '.join(f'{k:7.1%}' for k in kept)}"


def main() -> None:
    """Run the asked seeds and print the table, and on demand what was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    print(
        f"{'':22} {'core':>7} {'extend.':>7} {'hard':>7} {'prec.':>7} {'neg.':>7} {'chain':>7} {'locat.':>7} {'direct.':>7}"
    )
    for seed in args.seed or (11, 23, 47):
        person, exchanges = generate(seed)
        for problem in problems(exchanges, person):
            print(f"label: {problem}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as temporary:
            folder = args.keep or Path(temporary)
            folder.mkdir(exist_ok=True)
            result = score(exchanges, scan(folder, person, exchanges))
        print(row(f"leakwatch, seed {seed}", result))
        if args.misses:
            weak = [
                f"{k}: {result.found[k]}/{n}"
                for k, n in sorted(result.planted.items())
                if " " in k and result.found[k] < n
            ]
            print(*weak, *sorted(result.misses), sep="\n  ")
    print(
        f"{len(FAMILIES)} families, {sum(len(f.names) for f in FAMILIES)} planted exchanges, {len(NEGATIVES)} negative families"
    )


if __name__ == "__main__":
    main()
