# Two commands do everything: `make demo` and `make test`. Needs only make and Python >= 3.11.
.DEFAULT_GOAL := help
VENV ?= .venv
# The newest Python >= 3.11 that really runs (a pyenv shim may exist and still refuse).
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; raise SystemExit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1 \
	&& { command -v $$p; break; }; done)
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test slow lint bench docs clean

help:
	@echo "make demo   20 seconds of a simulated phone through a real proxy"
	@echo "make test   the test suite (under 10 minutes on 2 cores)"
	@echo "make slow   the long tests: kill -9 rounds, fuzzing, the 200 MB upload"
	@echo "make lint   ruff, mypy, import contracts"
	@echo "make bench  measurements, each beside its rival"

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "leakwatch needs Python >= 3.11 with venv; none on PATH runs. Install one, or: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: $(READY)
	@$(BIN)/leakwatch demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

slow: $(READY)
	$(BIN)/python -m pytest -m slow $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
