# Everything needed is Python 3.11 or later and make: the first target that needs it makes .venv from requirements.lock.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
WORKERS ?= auto
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' --quiet

# A checkout that was moved or copied together with its .venv has scripts that point back to the old place.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): elsewhere
endif
.PHONY: elsewhere
elsewhere:

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1	/'

.PHONY: demo
demo: $(STAMP)  ## a made-up incident, ingested and asked about
	@$(BIN)/whodunnit demo

.PHONY: test
test: lint  ## all that CI runs: style, types, direction of imports, tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: lint
lint: $(STAMP)  ## style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(STAMP)  ## set the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(STAMP)  ## the figures of benchmarks/README.md, measured again
	$(BIN)/python -m benchmarks

.PHONY: wheel
wheel: $(STAMP)  ## dist/whodunnit-*.whl
	$(BIN)/python -m build --wheel --no-isolation

.PHONY: lock
lock: $(STAMP)  ## requirements*.lock anew from pyproject.toml: all; what the image runs; what builds its wheel
	$(LOCK) --upgrade --group dev pyproject.toml --output-file requirements.lock
	$(LOCK) --constraint requirements.lock pyproject.toml --output-file requirements-run.lock
	$(LOCK) --constraint requirements.lock --group build --output-file requirements-build.lock

.PHONY: clean
clean:  ## what make made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamp is written last, so that an install cut short is done again; pip passes over what is there already.
$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "whodunnit needs Python 3.11 or later: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@test ! -e $@ || test "$$(cat $@)" = '$(CURDIR)' || rm -rf $(VENV)
	@$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		"$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo '$(CURDIR)' > $@
