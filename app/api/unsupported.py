"""Upload parameters that ask for what is not done here, and how each is refused."""

from __future__ import annotations

from app.domain.errors import BadRequest
from app.domain.params import Params

#: Code of the caller's that would have to run in the service.
_SCRIPTS = ("eval", "on_success")


def check_supported(params: Params) -> None:
    """Refuse what cannot be done, before anything is.

    Raises:
        BadRequest: a script.
    """
    for name in _SCRIPTS:
        if params.text(name).strip():
            raise BadRequest(f"{name} is not supported")
