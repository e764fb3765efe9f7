# Targets for people. Everything is set up on first use from a bare Python 3.11 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

# The first interpreter that is new enough.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help serve test lint types layers migrations model bench soak image lock clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(RUNTIME) ## start the service on http://127.0.0.1:8000
	@$(BIN)/lenticular serve

test: $(DEV) ## run every test
	$(BIN)/python -m pytest

lint: $(DEV) ## style, and the length of files and functions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/check_size.py

types: $(DEV) ## strict types
	$(BIN)/mypy

layers: $(DEV) ## which room may import which
	$(BIN)/lint-imports

migrations: $(DEV) ## migrations up, down and up again on both databases, and against the tables
	$(BIN)/python -m pytest -q tests/contract/db/test_migrations.py

model: $(DEV) ## rebuild the model from its pinned source and compare
	$(BIN)/python -m models.build.lite2 --verify

bench: $(DEV) ## measure speed against peers in the same run
	$(BIN)/python -m benchmarks

soak: $(DEV) ## kill the server again and again under load; long
	$(BIN)/python -m benchmarks.soak

image: ## build the Docker image and try it (with buildah where no Docker engine runs)
	scripts/prove_image.sh

lock: ## resolve the lock files anew (needs uv)
	requirements/lock.sh

clean: ## remove the environment and caches; data/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	rm -rf tests/sdk/node/node_modules .tools

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Lenticular needs Python 3.11 or newer with venv; none was found." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: on Debian, apt-get install python3-venv" >&2; exit 1; }

$(RUNTIME): requirements/runtime.lock pyproject.toml | $(VENV)/bin/python
	@test -f $(DEV) || { echo "Installing the locked dependencies (once) …"; \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.lock; }
	@scripts/install_self.sh $(BIN)/python
	@touch $@

$(DEV): requirements/dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked dependencies for tests (once) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@scripts/install_self.sh $(BIN)/python
	@touch $@ $(RUNTIME)
