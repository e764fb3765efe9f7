"""Calls of the uploader's functions: one case for each, named like the function it calls."""

import json
import sys
import traceback
from inspect import getmembers, isfunction
from unittest.mock import patch

from cloudinary import api, uploader
from cloudinary.exceptions import Error, NotFound

PHOTO = "turtles.jpg"

cases = {}


def public():
    """The functions that the uploader offers; not ``is_appengine_sandbox``, a stand-in."""
    return [
        name
        for name, function in getmembers(uploader, isfunction)
        if function.__module__ == uploader.__name__ and not name.startswith(("_", "is_"))
    ]


def case(function):
    """Take a function as the case of the uploader's function of the same name."""
    cases[function.__name__] = function
    return function


def refused(call):
    """Kind and message of an error that a call has to raise."""
    try:
        call()
    except Error as error:
        return {"kind": type(error).__name__, "message": str(error)}
    raise AssertionError("the call was not refused")


def stored(public_id, **options):
    """An asset as the Admin API has it; nothing when it is gone."""
    try:
        return dict(api.resource(public_id, **options))
    except NotFound:
        return None


def _run(name, prefix):
    function = getattr(uploader, name)
    try:
        with patch.object(uploader, name, wraps=function) as called:
            result = cases[name](f"{prefix}/{name}")
    except Exception:  # whatever it is, the other cases are to run, and its test shows it
        return {"failed": traceback.format_exc()}
    return {"result": result, "called": called.called}


def main():
    """Run the cases and print what came of them; the argument begins every public id."""
    done = {name: _run(name, sys.argv[1]) for name in cases if hasattr(uploader, name)}
    print(json.dumps(done))
