"""The compiled cache: fast, private, and never believed where somebody else could have written it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from leakwatch.attribution import Attributor
from leakwatch.attribution.cache import load_index


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAKWATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_is_private_and_gives_the_same_index(cache: Path) -> None:
    fresh = load_index()
    (file,) = cache.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert load_index() == json.loads(json.dumps(fresh))


def test_a_foreign_or_broken_cache_is_not_believed(cache: Path) -> None:
    load_index()
    (file,) = cache.iterdir()
    poisoned = json.loads(file.read_text())
    poisoned["sdks"] = {}
    file.write_text(json.dumps(poisoned))
    file.chmod(0o666)
    assert load_index()["sdks"]
    file.write_text("{")
    assert load_index()["sdks"]
    target = cache / "elsewhere"
    target.write_text(json.dumps(poisoned))
    target.chmod(0o600)
    file.unlink()
    file.symlink_to(target)
    assert load_index()["sdks"]


def test_without_a_place_for_the_cache_it_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("LEAKWATCH_CACHE", str(blocked / "cache"))
    assert load_index()["sdks"]


def test_another_content_is_another_cache(cache: Path, write) -> None:
    folder = write(a="version: 1\ncompany: {id: a, name: A, domains: [a.com]}")
    assert load_index([folder], bundled=False)["companies"]["a"][0] == "A"
    write(a="version: 1\ncompany: {id: a, name: B, domains: [a.com]}")
    assert load_index([folder], bundled=False)["companies"]["a"][0] == "B"
    for number in range(6):
        write(a=f"version: 1\ncompany: {{id: a, name: B{number}}}")
        load_index([folder], bundled=False)
    for number in range(6):
        load_index([write(f"pack{number}", a=f"version: 1\ncompany: {{id: a, name: B{number}}}")], bundled=False)
    assert len(list(cache.iterdir())) <= 4


def test_a_file_that_was_only_touched_is_not_compiled_again(cache: Path, write, monkeypatch) -> None:
    folder = write(a="version: 1\ncompany: {id: a, name: A}")
    first = load_index([folder], bundled=False)
    os.utime(folder / "a.yaml")
    monkeypatch.setattr("leakwatch.attribution.index.compile_index", None)
    again = load_index([folder], bundled=False)
    assert again["digest"] == first["digest"] and again["stamp"] != first["stamp"]


def test_the_same_size_and_time_do_not_hide_another_content(cache: Path, write) -> None:
    folder = write(a="version: 1\ncompany: {id: a, name: A}")
    load_index([folder], bundled=False)
    before = (folder / "a.yaml").stat()
    write(a="version: 1\ncompany: {id: a, name: B}")
    os.utime(folder / "a.yaml", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load_index([folder], bundled=False)["companies"]["a"][0] == "B"


@pytest.mark.slow
def test_a_hundred_thousand_imported_hosts(cache: Path, tmp_path: Path) -> None:
    import tracemalloc

    from leakwatch.attribution.importers import import_file

    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(f"0.0.0.0 h{n}.tracker{n % 5000}.com" for n in range(100_000)))
    assert import_file("hosts", listed, tmp_path / "imported") == (1, 100_000)
    load_index([tmp_path / "imported"])
    tracemalloc.start()
    attributor = Attributor.load([tmp_path / "imported"])
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 150e6
    assert attributor.attribute("h7.tracker7.com").sdk == "list-listed-hosts"
