"""The one list of decoders: complete, and each of its modules keeps the contract."""

from __future__ import annotations

import ast
from pathlib import Path

import leakwatch.decoders as package
from leakwatch.decoders import CHAIN_NAMES, DECODERS

FRAMING = {"sse", "socketio", "embedded", "hooked"}
"""Decoders that add no layer: their pieces carry an empty chain."""


def test_every_module_that_is_a_decoder_is_listed():
    folder = Path(package.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if "\ndef sniff(" in path.read_text("utf-8")}
    assert modules == {decoder.__name__.rpartition(".")[2] for decoder in DECODERS}


def test_every_decoder_has_a_test_of_its_own():
    here = Path(__file__).parent
    for decoder in DECODERS:
        assert (here / f"test_{decoder.__name__.rpartition('.')[2]}.py").is_file(), decoder.__name__


def test_names_are_of_the_table():
    assert {decoder.NAME for decoder in DECODERS} - FRAMING <= set(CHAIN_NAMES)
    assert {decoder.TAKES for decoder in DECODERS} == {"text", "bytes", "any"}


def test_decoders_do_not_know_each_other():
    folder = Path(package.__file__).parent
    decoders = {decoder.__name__ for decoder in DECODERS}
    for path in folder.glob("*.py"):
        if path.stem == "listing":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module not in decoders, path.name
                assert not {f"{node.module}.{alias.name}" for alias in node.names} & decoders, path.name
