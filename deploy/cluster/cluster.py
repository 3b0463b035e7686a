"""The distributed Temporal server on this machine: frontend, history, matching and worker as processes, on PostgreSQL.

``make cluster`` runs it until Ctrl-C. For a machine without containers, and for the tests that kill its services. It
listens on the loopback interface only and asks no password: never for real cases.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
from build import HERE, CannotBuild, Programs, build
from postgres import USER, Postgres, PostgresFailed
from temporalio.client import Client
from temporalio.service import RPCError

from workers.children import Child
from workers.connection import stopped_within
from workers.ports import free_port

SERVICES = ("history", "matching", "frontend", "worker")
SCHEMAS = {"temporal": "postgresql/v12/temporal", "temporal_visibility": "postgresql/v12/visibility"}
_STOP_SECONDS = 10.0


def prepare_schema(postgres: Postgres, programs: Programs, log_file: Path) -> None:
    """Bring both of Temporal's databases to the release's schema. Raises CalledProcessError."""
    with log_file.open("ab") as log:
        for database, schema in SCHEMAS.items():
            server = ["--endpoint", "127.0.0.1", "--port", str(postgres.port), "--user", USER, "--database", database]
            tool = [str(programs.sql_tool), "--plugin", "postgres12_pgx", *server]
            if postgres.make_database(database):
                subprocess.run([*tool, "setup-schema", "--version", "0.0"], stdout=log, stderr=log, check=True)
            subprocess.run([*tool, "update-schema", "--schema-name", schema], stdout=log, stderr=log, check=True)


def low_ports(first: int) -> Iterator[int]:
    """Free ports from ``first`` on. Temporal's membership table holds them in two signed bytes: none above 32767."""
    return (port for port in range(first, 32768) if free_port(port) == port)


def configure(folder: Path, postgres: Postgres, ports: Iterator[int]) -> tuple[Path, int]:
    """Write the services' configuration; answers it and the frontend's port."""
    chosen = {f"{name.upper()}{kind}": next(ports) for kind in ("", "_MEMBER") for name in SERVICES}
    template = string.Template((HERE / "server.yaml").read_text())
    target = folder / "server.yaml"
    target.write_text(template.substitute(chosen, POSTGRES=postgres.port, DYNAMIC=HERE / "dynamic.yaml"))
    return target, chosen["FRONTEND"]


def services(folder: Path, programs: Programs, configuration: Path) -> list[Child]:
    """The four services, not started yet."""
    command = [str(programs.server), f"--config-file={configuration}", "--allow-no-auth", "start", "--service"]
    return [Child(name, [*command, name], {}, folder / f"{name}.log") for name in SERVICES]


async def answers(address: str, stop: asyncio.Event) -> bool:
    """Wait until the whole cluster answers; False when told to stop first."""
    while not await stopped_within(stop, 0.1):
        try:
            await Client.connect(address)
        except (RPCError, RuntimeError):
            continue
        return True
    return False


async def run(folder: Path, programs: Programs, port: int) -> None:
    """Run until SIGTERM or Ctrl-C. A service that ends is started again."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ports = low_ports(port)
    postgres = Postgres(folder, next(ports))
    postgres.start()
    children: list[Child] = []
    try:
        prepare_schema(postgres, programs, folder / "schema.log")
        postgres.make_database("secondlook")
        configuration, frontend = configure(folder, postgres, ports)
        children = services(folder, programs, configuration)
        told = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{frontend}",
            "SECONDLOOK_DATABASE_URL": postgres.address("secondlook").replace("postgresql:", "postgresql+psycopg:"),
        }

        def note() -> None:
            draft = folder / "cluster.new"
            draft.write_bytes(orjson.dumps({**told, "pids": {child.role: child.pid for child in children}}))
            draft.replace(folder / "cluster.json")

        keeping = [asyncio.create_task(child.keep_running(note)) for child in children]
        if await answers(told["TEMPORAL_ADDRESS"], stop):
            print("The cluster is up. In another shell, for `secondlook bootstrap`, `up`, `worker` and `scale`:")
            print(*(f"  export {name}={value}" for name, value in told.items()), sep="\n")
            print(f"Data and logs are in {folder}. Ctrl-C stops it.", flush=True)
            await stop.wait()
        for child in reversed(children):
            child.leave()
        await asyncio.gather(*(child.gone(_STOP_SECONDS) for child in children))
        for task in keeping:
            task.cancel()
    finally:
        (folder / "cluster.json").unlink(missing_ok=True)
        postgres.stop()


def main() -> int:
    """Exit code 0 stopped as asked, 1 failed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, default=Path(".cluster"), help="data and logs (default .cluster)")
    arguments.add_argument("--port", type=int, default=7933, help="first port to try (default 7933)")
    given = arguments.parse_args()
    folder: Path = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(run(folder, build(), given.port))
    except (CannotBuild, PostgresFailed) as problem:
        sys.stderr.write(f"cluster: {problem}\n")
        return 1
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"cluster: {Path(problem.cmd[0]).name} failed with code {problem.returncode}\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
