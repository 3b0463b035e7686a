"""The command ``secondlook``. The one place that knows both the product and its processes.

Exit code 0 done, 1 failed, 2 bad usage. Errors say what was wrong, where, and what to do, and hold no personal data.
A file a group of commands; each registers on ``app`` when it is imported here, and ``--help`` lists them in this order.
"""

from secondlook.cli import up, dockets, demonstrate, looking, processes, audit, keys, events, sessions  # noqa: F401, I001
from secondlook.cli.entry import main
from secondlook.cli.shared import app

__all__ = ["app", "main"]
