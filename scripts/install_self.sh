#!/bin/sh
# Makes this tree importable and puts the `lenticular` command beside the given Python.
# No build tool is needed for that, so none is downloaded.
#
# usage: scripts/install_self.sh PYTHON
set -eu
python="$1"
root="$(cd "$(dirname "$0")/.." && pwd -P)"
site="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
bin="$(cd "$(dirname "$python")" && pwd -P)"
printf '%s\n' "$root" > "$site/lenticular.pth"

# Started by sh, then read by Python, to which the second line is a string: a `#!` line of its own
# would break on a path with a space in it. The guard is needed because worker processes import
# this file again: without it each of them would start a server of its own.
cat > "$bin/lenticular" <<SCRIPT
#!/bin/sh
'''exec' "$bin/python" "\$0" "\$@"
' '''
from app.cli import main

if __name__ == "__main__":
    main()
SCRIPT
chmod +x "$bin/lenticular"
