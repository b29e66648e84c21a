"""The key of a database: made once, private, the same for everyone."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import stat
from pathlib import Path

import pytest

from leakwatch.errors import StoreError
from leakwatch.store.keyfile import digest, read_or_make


def test_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.db.key"
    key = read_or_make(path)
    assert len(key) == 32
    assert read_or_make(path) == key != read_or_make(tmp_path / "b.db.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["a.db.key"]


def test_processes_that_make_it_at_once_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(read_or_make, [tmp_path / "a.key"] * 16, chunksize=1)
    assert len(set(keys)) == 1


def test_digest_is_hmac_sha256() -> None:
    assert digest(b"k" * 32, b"v") == hmac.new(b"k" * 32, b"v", hashlib.sha256).hexdigest()
    assert digest(b"k" * 32, b"v") != digest(b"K" * 32, b"v")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_wrong_key_is_refused_not_replaced(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"x" * size)
    with pytest.raises(StoreError, match="not a key of leakwatch"):
        read_or_make(path)
    assert path.stat().st_size == size


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be read or made"):
        read_or_make(tmp_path / "file" / "a.key")
