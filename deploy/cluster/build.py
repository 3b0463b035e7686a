"""Builds the open-source Temporal server from Go modules, once for each state of go.mod and go.sum.

cluster.py asks here for the programs; the tests run it as a program, beside other tests. Every module is pinned with
its sum in go.sum; nothing else is downloaded. About four minutes and 2 GB of module and build caches on two cores.
"""

from __future__ import annotations

import fcntl
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
CANNOT = 3
_OURS = ("SECURITY ERROR", "checksum mismatch", "missing go.sum entry", "updates to go.mod needed")


class CannotBuild(RuntimeError):
    """This machine lacks Go, or cannot fetch the modules: the message says what to do."""


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
    """Build what is missing, at the lowest priority. Raises CannotBuild, and CalledProcessError for a wrong go.mod."""
    if (ready := built()) is not None:
        return ready
    go = shutil.which("go")
    if go is None:
        raise CannotBuild(f"Go is needed to build the Temporal server ({_release()} or newer): see https://go.dev")
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fetch(go)
        for name, package in PROGRAMS.items():
            draft = folder() / f"{name}.new"
            sys.stderr.write(f"Building {name} (about four minutes in all, once) …\n")
            options = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"]
            subprocess.run(
                [go, "build", *options, "-o", draft, package], cwd=HERE, check=True, preexec_fn=lambda: os.nice(19)
            )
            draft.replace(folder() / name)
    return Programs(*(folder() / name for name in PROGRAMS))


def _fetch(go: str) -> None:
    """Download the modules that the programs need. Raises CannotBuild, and CalledProcessError for wrong sums."""
    command = [go, "list", "-mod=readonly", "-deps", *PROGRAMS.values()]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    sys.stderr.write(done.stderr)
    if any(sign in done.stderr for sign in _OURS):
        done.check_returncode()
    last = done.stderr.strip().splitlines()[-1]
    if "go.mod requires go" in last or "toolchain" in last or "invalid go version" in last:
        raise CannotBuild(f"the Go here is too old for the Temporal server: {_release()} or newer is needed")
    raise CannotBuild(f"Go modules cannot be fetched ({last}): is a module proxy reachable?")


def _release() -> str:
    return next(line for line in (HERE / "go.mod").read_text().splitlines() if line.startswith("go "))


def main() -> int:
    """Exit code 0 built, 3 this machine cannot build it, 1 what is pinned does not build."""
    try:
        build()
    except CannotBuild as problem:
        sys.stderr.write(f"{problem}\n")
        return CANNOT
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"go {problem.cmd[1]} failed with code {problem.returncode}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
