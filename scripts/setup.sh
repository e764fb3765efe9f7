#!/bin/sh
# Makes .venv and installs what the lock files say; does nothing when that has been done already.
#
# usage: scripts/setup.sh runtime|dev
#   runtime: what the service needs    dev: that, and what lint, types, tests and benchmarks need
# PYTHON names the interpreter to use; by default the first that is new enough.
set -eu
cd "$(dirname "$0")/.."
root="$(pwd -P)"
kind="$1"
python=.venv/bin/python

# A stamp holds a checksum of all that decides what is installed. Contents, not times: a checkout
# or a restored cache changes times at will.
key() {
  { echo "$root"; cat "requirements/$1.lock" pyproject.toml scripts/install_self.sh scripts/setup.sh; } | cksum
}

is_done() { [ -x "$python" ] && [ "$(cat ".venv/.$1-installed" 2>/dev/null)" = "$(key "$1")" ]; }

# Whether .venv was made here (moved, its scripts point elsewhere) by a Python that still works.
is_sound() {
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return 1
  "$python" -m pip --version >/dev/null 2>&1 || return 1
  made_for="$(sed -n 's/^command = .* -m venv //p' .venv/pyvenv.cfg)"
  case "$made_for" in "" | *"$root/.venv") return 0 ;; *) return 1 ;; esac
}

find_python() {
  too_old="" no_venv=""
  for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3 python}; do
    version="$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" || continue
    if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      too_old="$too_old $candidate ($version)"
    elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
      no_venv="$no_venv $candidate ($version)"
    else
      echo "$candidate"
      return 0
    fi
  done
  {
    if [ -n "$no_venv" ]; then
      echo "Lenticular needs Python's venv module, and$no_venv lacks it."
      echo "On Debian and Ubuntu: apt-get install python3-venv"
    else
      echo "Lenticular needs Python 3.11 or newer; found:${too_old:- none}."
      echo "Install one, or name it: make serve PYTHON=/path/to/python3.11"
    fi
  } >&2
  return 1
}

if is_done "$kind"; then exit 0; fi
if ! is_sound; then
  found="$(find_python)"
  echo "Making .venv with $("$found" --version) …" >&2
  rm -rf .venv
  "$found" -m venv .venv
fi
echo "Installing the locked dependencies ($kind), once: a minute or two …" >&2
"$python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "requirements/$kind.lock"
scripts/install_self.sh "$python"
key "$kind" > ".venv/.$kind-installed"
# The development lock holds the runtime's versions too (`make lint` checks that).
if [ "$kind" = dev ]; then key runtime > .venv/.runtime-installed; fi
