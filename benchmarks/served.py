"""An empty record to fill, and the web application over what a benchmark has filled, with people signed in. Called by
the benchmarks of pages; nothing judges meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks import ours
from benchmarks.person import signed_in
from benchmarks.processes import free_port, python, running, wait_until_answers
from secondlook.records import migrate
from secondlook.records.database import Database


@contextmanager
def empty_record(kind: str) -> Iterator[tuple[Path, str, Database]]:
    """A new record in a folder that goes when it is left, on ``sqlite`` or ``postgresql``; its address and database."""
    with TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        url = f"sqlite:///{folder / 'secondlook.db'}"
        if kind == "postgresql":
            url, _ = stack.enter_context(ours.postgres(folder / "pg"))
        database = Database(url)
        migrate.upgrade(database)
        yield folder, url, database


@contextmanager
def served(folder: Path, url: str, keys: str, subjects: Iterable[str]) -> Iterator[tuple[str, dict[str, httpx.Client]]]:
    """Its address, and each person's browser."""
    with ExitStack() as stack:
        port, issuer = free_port(), free_port()
        given = {
            "SECONDLOOK_DATA": str(folder),
            "SECONDLOOK_DATABASE_URL": url,
            "SECONDLOOK_ENCRYPTION_KEYS": keys,
            "SECONDLOOK_OIDC_ISSUER": f"http://127.0.0.1:{issuer}",
        }
        provider_log, log = folder / "sign-in.log", folder / "web.log"
        provider = python("secondlook", "sign-in-provider", f"--port={issuer}")
        stack.enter_context(running("sign-in", provider, provider_log))
        wait_until_answers(f"http://127.0.0.1:{issuer}/.well-known/openid-configuration", provider_log)
        stack.enter_context(running("web", python("secondlook", "web", f"--port={port}"), log, given))
        address = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{address}/healthz", log)
        yield address, {subject: signed_in(address, subject) for subject in subjects}
