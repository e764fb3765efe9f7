"""Fails when the lock files are stale, or when a tracked file says where packages come from.

Stale: a dependency of ``pyproject.toml`` has no locked version that its specifier allows, a
package has no hash, or the two locks disagree. Locks name packages and versions alone, so that
every machine installs from the index that it is configured for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = {"runtime": (), "dev": ("dev", "models")}

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
_PUBLIC_INDEX = re.compile(r"\b(pypi|pythonhosted|npmjs)\.(org|com|io|net)\b")

Pins = dict[str, set[str]]


def pins(lock: str) -> Pins:
    """The versions that a lock allows for each package; several where markers choose."""
    found: Pins = {}
    for name, version in _PINNED.findall(lock):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def stale(requirements: list[str], locked: Pins) -> Iterator[str]:
    """The requirements that no locked version satisfies."""
    for text in requirements:
        wanted = Requirement(text)
        versions = locked.get(canonicalize_name(wanted.name), set())
        if not any(wanted.specifier.contains(one, prereleases=True) for one in versions):
            yield f"{text} is not locked (locked: {', '.join(sorted(versions)) or 'none'})"


def malformed(lock: str) -> Iterator[str]:
    """Entries without a hash, and anything that names a place."""
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        first = entry.splitlines()[0]
        if first.startswith("-") or "://" in entry:
            yield f"{first}: a lock names packages, not where they come from"
        elif "--hash=sha256:" not in entry:
            yield f"{first}: has no hash"


def lock_problems() -> Iterator[str]:
    """What is wrong with ``requirements/*.lock``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked: dict[str, Pins] = {}
    for kind, extras in LOCKS.items():
        text = (ROOT / "requirements" / f"{kind}.lock").read_text(encoding="utf-8")
        locked[kind] = pins(text)
        wanted = list(project["dependencies"])
        for extra in extras:
            wanted += project["optional-dependencies"][extra]
        for problem in (*malformed(text), *stale(wanted, locked[kind])):
            yield f"requirements/{kind}.lock: {problem}"
    for name, versions in locked["runtime"].items():
        if locked["dev"].get(name) != versions:
            yield f"requirements/dev.lock: {name} differs from requirements/runtime.lock"


def npm_problems() -> Iterator[str]:
    """Packages in ``package-lock.json`` files that say where they come from."""
    for name in _git("ls-files", "*package-lock.json").split():
        packages = json.loads((ROOT / name).read_text(encoding="utf-8"))["packages"]
        for package, entry in packages.items():
            if "resolved" in entry:
                yield f"{name}: {package} says where it comes from"


def index_hosts() -> set[str]:
    """The hosts that this machine installs packages from, by the settings of pip and npm."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    texts = [os.environ.get(name, "") for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY")]
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        if name.endswith(("index-url", "find-links", "trusted-host")):
            texts.append(str(literal_eval(value)))
    hosts = {urlsplit(word).hostname or word for text in texts for word in text.split()}
    # A name without a dot (`localhost`) would be found in ordinary prose, a path is no host.
    return {host for host in hosts if "." in host and "/" not in host and host != "127.0.0.1"}


def host_problems() -> Iterator[str]:
    """Tracked files in which the host of a package index stands."""
    hosts = re.compile("|".join([_PUBLIC_INDEX.pattern, *map(re.escape, sorted(index_hosts()))]))
    for name in _git("ls-files", "-z").split("\0"):
        path = ROOT / name
        if not name or not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        for number, line in enumerate(text.splitlines(), 1):
            if hosts.search(line):
                yield f"{name}:{number}: names the host of a package index"


def _git(*arguments: str) -> str:
    if not (ROOT / ".git").exists():
        return ""  # an exported tree has no list of tracked files
    done = subprocess.run(  # noqa: S603 - the arguments are the literals above
        ["git", *arguments],  # noqa: S607 - whichever git the developer has
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def main() -> int:
    """Print what is wrong; the exit status."""
    wrong = [*lock_problems(), *npm_problems(), *host_problems()]
    print("\n".join(wrong) or "The lock files are fresh and name no index.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
