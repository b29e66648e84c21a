"""What `leakwatch --help` costs beside `python -c "import click"`: at most 2.5 times (DESIGN §3)."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

AIM = 2.5


def timed(*arguments: str) -> float:
    """Return the seconds that a Python process takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def measure(rounds: int) -> tuple[float, float]:
    """Return the median seconds of `--help` and of importing click, over interleaved rounds after one for the cache."""
    pairs = [(timed("-m", "leakwatch", "--help"), timed("-c", "import click")) for _ in range(rounds + 1)][1:]
    return statistics.median(help_ for help_, _ in pairs), statistics.median(click for _, click in pairs)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    help_, click = measure(parser.parse_args(arguments).rounds)
    print(f"leakwatch --help   {help_ * 1e3:6.0f} ms")
    print(f"import click       {click * 1e3:6.0f} ms")
    print(f"ratio              {help_ / click:6.2f}   (aim: at most {AIM})")


if __name__ == "__main__":
    main()
