"""The command as people run it: a process of its own, on a record and in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import KEYS

COMMAND = [sys.executable, "-m", "secondlook"]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """This process's environment with no setting but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SECONDLOOK_", "TEMPORAL_"))}
    return {**kept, "SECONDLOOK_DATA": str(folder), "SECONDLOOK_ENCRYPTION_KEYS": KEYS, **settings}


def run(folder: Path, *arguments: str, given: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in the folder, with the data folder there, and wait for its end."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environment(folder, **settings), cwd=folder, input=given,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
