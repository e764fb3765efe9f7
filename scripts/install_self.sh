#!/bin/sh
# Makes this tree importable and puts the `lenticular` command beside the given Python.
# No build tool is needed for that, so none is downloaded.
set -eu
python="$1"
root="$(cd "$(dirname "$0")/.." && pwd)"
site="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
bin="$(cd "$(dirname "$python")" && pwd)"
printf '%s\n' "$root" > "$site/lenticular.pth"
printf '#!%s\nfrom app.cli import main\n\nmain()\n' "$bin/python" > "$bin/lenticular"
chmod +x "$bin/lenticular"
