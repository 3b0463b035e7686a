"""``python -m secondlook``: the same command as ``secondlook``."""

from secondlook.cli import main

main()
