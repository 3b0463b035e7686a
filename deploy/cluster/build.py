"""Builds the open-source Temporal server from Go modules, once for each state of go.mod and go.sum.

cluster.py and the tests ask here for the programs. Every module is pinned with its sum in go.sum; nothing else is
downloaded. About four minutes and 2 GB of module and build caches on two cores.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "cluster"
PROGRAMS = {
    "temporal-server": "go.temporal.io/server/cmd/server",
    "temporal-sql-tool": "go.temporal.io/server/cmd/tools/sql",
}


class GoMissing(RuntimeError):
    """The programs are not built yet and cannot be: the message says what to install."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the built programs are."""

    server: Path
    sql_tool: Path


def folder() -> Path:
    """The cache's folder for exactly these pinned modules."""
    pinned = (HERE / "go.mod").read_bytes() + (HERE / "go.sum").read_bytes()
    return CACHE / hashlib.sha256(pinned).hexdigest()[:16]


def built() -> Programs | None:
    """The programs, where they were built before."""
    server, sql_tool = (folder() / name for name in PROGRAMS)
    return Programs(server, sql_tool) if server.exists() and sql_tool.exists() else None


def build() -> Programs:
    """Build what is missing, at low priority. Raises GoMissing and CalledProcessError."""
    if (ready := built()) is not None:
        return ready
    go = shutil.which("go")
    if go is None:
        wanted = next(line for line in (HERE / "go.mod").read_text().splitlines() if line.startswith("go "))
        raise GoMissing(
            f"Go is needed to build the Temporal server ({wanted} or newer): install it, see https://go.dev"
        )
    folder().mkdir(parents=True, exist_ok=True)
    for name, package in PROGRAMS.items():
        draft = folder() / f"{name}.new"
        sys.stderr.write(f"Building {name} (about four minutes in all, once) …\n")
        subprocess.run(
            [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", draft, package],
            cwd=HERE,
            check=True,
            preexec_fn=lambda: os.nice(10),
        )
        draft.replace(folder() / name)
    return Programs(*(folder() / name for name in PROGRAMS))
