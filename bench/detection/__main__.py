"""Generate, scan by the real command, score, print: `python -m bench.detection [--seed N …] [--misses]`."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.detection import lookalikes, traffic  # lookalikes registers its families
from bench.detection.families import FAMILIES
from bench.detection.negatives import NEGATIVES
from bench.detection.person import Person
from bench.detection.rivals import decode_loop, leaky_forms, trackhar
from bench.detection.score import Score, score
from bench.detection.verify import problems, unchecked

assert lookalikes
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
    (folder / "hooks.jsonl").write_text("\n".join(json.dumps(line) for line in person.hooked), encoding="utf-8")
    command = [sys.executable, "-m", "leakwatch", "scan", str(folder / "traffic.har")]
    command += ["--device", str(folder / "phone.yaml"), "--format", "jsonl"]
    command += ["--hook-log", str(folder / "hooks.jsonl"), "--no-suspects"]
    if confidence:
        command += ["--confidence", confidence]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def row(name: str, result: Score, chains: bool = True) -> str:
    """One line of the table; rivals name no chain and no location that could be compared."""
    shares = [f"{result.recall(tier):7.1%}" for tier in TIERS] + [f"{result.precision:7.1%}"]
    flagged = result.flagged / result.negatives if result.negatives else 0.0
    kept = [c[True] / max(1, c.total()) for c in (result.chains, result.locations, result.directions)]
    told = [f"{share:7.1%}" if chains else f"{'':>7}" for share in kept[:2]] + [f"{kept[2]:7.1%}"]
    return f"{name:28} {' '.join(shares)} {flagged:7.1%} {' '.join(told)}"


def rivals(person: Person, exchanges: list[traffic.Exchange], trackhar_folder: Path | None) -> Iterator[str]:
    """The rows of the other detectors, on the same exchanges."""
    for rival in (leaky_forms, decode_loop):
        yield row(rival.NAME, score(exchanges, rival.find(exchanges, person)), chains=False)
    if trackhar_folder is None:
        yield f"{trackhar.NAME:28} not run: npm install trackhar in a folder, then --trackhar FOLDER"
    else:
        result = score(exchanges, trackhar.find(exchanges, person, trackhar_folder))
        yield row(trackhar.NAME, result, chains=False)


def main() -> None:
    """Run the asked seeds and print the table, and on demand what was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--families", action="store_true", help="recall of each family")
    parser.add_argument("--rivals", action="store_true", help="the other detectors too")
    parser.add_argument("--trackhar", type=Path, default=None, help="folder in which npm installed trackhar")
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    titles = ("core", "extend.", "hard", "prec.", "neg.", "chain", "locat.", "direct.")
    print(f"{'':28} " + " ".join(f"{title:>7}" for title in titles))
    for seed in args.seed or (11, 23, 47):
        person, exchanges = generate(seed)
        for problem in problems(exchanges, person):
            print(f"label: {problem}", file=sys.stderr)
        for name in unchecked(exchanges):
            print(f"label: nothing independent undoes {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as temporary:
            folder = args.keep or Path(temporary)
            folder.mkdir(exist_ok=True)
            result = score(exchanges, scan(folder, person, exchanges))
        print(row(f"leakwatch, seed {seed}", result), flush=True)
        if args.rivals or args.trackhar:
            print(*rivals(person, exchanges, args.trackhar), sep="\n", flush=True)
        if args.misses:
            print(*(f"  {miss}" for miss in sorted(result.misses)), sep="\n")
        if args.families:
            told = {k: n for k, n in sorted(result.planted.items()) if " " in k}
            print(*(f"  {k}: {result.found[k]}/{n}" for k, n in told.items()), sep="\n")
    negatives = sum(not exchange.labels for exchange in exchanges)
    labels = sum(len(exchange.labels) for exchange in exchanges)
    print(
        f"{len(FAMILIES)} families, {len(exchanges)} exchanges with {labels} labels, "
        f"{negatives} negatives in {len(NEGATIVES)} families"
    )


if __name__ == "__main__":
    main()
