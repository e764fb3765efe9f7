#!/usr/bin/env sh
# Re-resolves both lock files from pyproject.toml. Needs uv on PATH or in $UV.
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-uv}"
compile="$uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --no-strip-extras pyproject.toml"
$compile -o requirements/runtime.lock
$compile --extra dev --extra models -o requirements/dev.lock
