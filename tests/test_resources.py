"""Where addons, signatures and db are: in the wheel inside the package, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from leakwatch import resources


@pytest.mark.parametrize("name", resources.FOLDERS)
def test_the_package_comes_first_then_the_checkout(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "leakwatch"
    monkeypatch.setattr(resources, "_PACKAGE", package)
    with pytest.raises(FileNotFoundError, match=f"without its folder '{name}': install it again"):
        resources.folder(name)
    (tmp_path / name).mkdir()
    assert resources.folder(name) == tmp_path / name
    (package / "_bundled" / name).mkdir(parents=True)
    assert resources.folder(name) == package / "_bundled" / name


def test_an_unknown_folder_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="known: addons, signatures, db"):
        resources.folder("tests")
