# Targets for people. Everything is set up on first use from a bare Python 3.11 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin

# onnxruntime's wheels report usage to their maker unless this is set before it is loaded.
export ORT_DISABLE_TELEMETRY := 1
# `make serve PYTHON=…` chooses the interpreter of a new environment.
export PYTHON

.PHONY: help serve test coverage lint types layers check migrations model bench soak image lock clean setup setup-dev

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: setup ## start the service on http://127.0.0.1:8000
	@$(BIN)/lenticular serve

test: setup-dev ## run every test
	@$(BIN)/python -m pytest

lint: setup-dev ## style, the length of files and functions, the lock files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python scripts/check_size.py
	@$(BIN)/python scripts/check_locks.py

types: setup-dev ## strict types
	@$(BIN)/mypy

layers: setup-dev ## which room may import which
	@$(BIN)/lint-imports

check: lint types layers ## lint, types and layers

migrations: setup-dev ## migrations up, down and up again on both databases, and against the tables
	@$(BIN)/python -m pytest -q tests/contract/db/test_migrations.py

model: setup-dev ## rebuild the networks from their pinned sources and compare
	@$(BIN)/python -m models.build.lite2 --verify
	@$(BIN)/python -m models.build.mtcnn --verify

coverage: setup-dev ## run the tests over HTTP and write docs/coverage.md from what they sent
	@rm -rf build/traces && mkdir -p build/traces
	@PARAMETER_TRACES=$(CURDIR)/build/traces $(BIN)/python -m pytest -q tests/integration tests/sdk tests/apps
	@$(BIN)/python -m scripts.coverage_page build/traces

bench: setup-dev ## measure speed against peers in the same run
	@$(BIN)/python -m benchmarks

soak: setup-dev ## kill the server again and again, overload it, compare its answers; long
	@$(BIN)/python -m benchmarks.soak
	@$(BIN)/python -m benchmarks.overload
	@$(BIN)/python -m benchmarks.identical $(PHOTOS)

image: ## build the Docker image and try it (as root with buildah where no Docker engine runs)
	@scripts/prove_image.sh

lock: ## resolve the lock files anew (needs uv)
	@requirements/lock.sh

clean: ## remove the environment, caches and built images; data/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	rm -rf tests/*/node_modules tests/*/node*/node_modules .tools

setup:
	@scripts/setup.sh runtime

setup-dev:
	@scripts/setup.sh dev
