"""The compiled needles are cached for this user only, and a damaged or foreign cache is not believed."""

import os

import pytest

from leakwatch.matching import Matcher, prefilter
from leakwatch.model import Variant

VARIANTS = [Variant(f"needle-{number:05d}".encode(), "x", "custom") for number in range(1_200)]
DATA = b"a needle-00700 b"

pytestmark = pytest.mark.skipif(prefilter.hyperscan is None, reason="no Hyperscan wheel for this platform")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(prefilter.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    return tmp_path / "leakwatch" / "needles"


def hits():
    return [(m.start, m.end) for m in Matcher(VARIANTS).search(DATA)]


def test_the_cache_is_private_and_used(cache, monkeypatch):
    assert hits() == [(2, 14)]
    (file,) = cache.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(prefilter, "_compile", lambda needles: pytest.fail("compiled again"))
    assert hits() == [(2, 14)]


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_cache_is_compiled_again(cache, damage):
    hits()
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-100] if damage is None else damage)
    assert hits() == [(2, 14)]


def test_a_cache_that_others_may_write_is_not_believed(cache, monkeypatch):
    hits()
    (file,) = cache.iterdir()
    file.chmod(0o666)
    compiled = []
    original = prefilter._compile
    monkeypatch.setattr(prefilter, "_compile", lambda needles: compiled.append(1) or original(needles))
    assert hits() == [(2, 14)]
    assert compiled


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(prefilter.platformdirs, "user_cache_dir", lambda name: str(tmp_path / "file"))
    assert hits() == [(2, 14)]


def test_without_hyperscan_the_automaton_does_it(monkeypatch):
    monkeypatch.setattr(prefilter, "hyperscan", None)
    assert hits() == [(2, 14)]


def test_only_the_databases_used_last_stay(cache, monkeypatch):
    """They hold beginnings of identifiers: nobody's stay for ever."""
    monkeypatch.setattr(prefilter, "_KEPT", 2)
    sets = [[Variant(f"n{which}-{number:06d}".encode(), "x", "custom") for number in range(1_100)] for which in "abc"]
    names = []
    for age, variants in enumerate(sets[:2]):
        Matcher(variants)
        (name,) = {file.name for file in cache.iterdir()} - set(names)
        names.append(name)
        os.utime(cache / name, (age, age))
    Matcher(sets[0])  # used again
    Matcher(sets[2])
    left = {file.name for file in cache.iterdir()}
    assert len(left) == 2 and names[0] in left and names[1] not in left
