"""The ``cld`` command, run again and again in one process; it takes seconds to load.

Reads a JSON array of arguments a line, and answers each with a line of JSON: ``status``, what was
printed, and ``errors``.
"""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from cloudinary_cli.cli import main
from cloudinary_cli.defaults import logger

for line in sys.stdin:
    printed, errors = io.StringIO(), io.StringIO()
    for handler in logger.handlers:
        handler.stream = errors
    sys.argv = ["cld", *json.loads(line)]
    with redirect_stdout(printed), redirect_stderr(errors):
        status = main()
    reply = {"status": status, "printed": printed.getvalue(), "errors": errors.getvalue()}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
