"""``python -m app``: the same as the ``lenticular`` command."""

from app.cli import main

main()
