"""Run as a program: what MediaInfo knows of the file on standard input, as JSON.

A process of its own, because MediaInfo is native code and the file a stranger's. It imports
nothing of ours.
"""

from __future__ import annotations

import os
import resource
import sys

from pymediainfo import MediaInfo


def main() -> None:
    """Read standard input, write standard output.

    The one argument is MediaInfo's ``ParseSpeed``: from 0 to 1, the whole file.
    """
    if not MediaInfo.can_parse():  # which loads the library
        sys.exit("MediaInfo's library is missing")
    # From here on nothing can be opened: neither files that this one refers to nor connections.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    found = MediaInfo.parse(
        os.fdopen(sys.stdin.fileno(), "rb", closefd=False),
        output="JSON",
        full=False,
        parse_speed=float(sys.argv[1]),
    )
    sys.stdout.write(str(found))


if __name__ == "__main__":
    main()
