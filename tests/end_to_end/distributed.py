"""The whole product on the distributed Temporal server and PostgreSQL, with a second worker host.

A service of the engine dies as soon as the first event is judged, whatever the test does, and is started again.
"""

from __future__ import annotations

import itertools
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.end_to_end.cluster import SERVICES, Cluster, wait
from tests.end_to_end.hosts import KEYS, Host
from tests.end_to_end.product import Product
from workers.ports import free_port

_START_SECONDS = 60.0


@dataclass(kw_only=True)
class DistributedProduct(Product):
    """One host with ``secondlook up``, one with ``secondlook worker``, and the engine and the record beside them."""

    cluster: Cluster
    other: Host
    _victims: Iterator[str] = field(default_factory=lambda: itertools.cycle(SERVICES), repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)
    _killing: threading.Thread | None = field(default=None, repr=False)
    _killed: dict[str, int] = field(default_factory=dict)
    _small_disk: bool = False

    @classmethod
    def made(cls, cluster: Cluster, data: Path, given: dict[str, str]) -> DistributedProduct:
        """One on an empty database, prepared as docs/operations.md asks."""
        settings = {
            "TEMPORAL_ADDRESS": cluster.temporal_address,
            "SECONDLOOK_DATABASE_URL": cluster.new_database(),
            "SECONDLOOK_ENCRYPTION_KEYS": KEYS,
            "SECONDLOOK_TASK_QUEUE": f"day-{uuid.uuid4().hex}",
            "SECONDLOOK_AS_OF": "2011-12-05",
            **given,
        }
        other = Host(data.with_name(f"{data.name}-other"), {**settings, "SECONDLOOK_METRICS_PORT": str(free_port())})
        product = cls(data, settings, cluster=cluster, other=other)
        # The engine may still be recovering from the test before.
        wait(lambda: product.run("bootstrap").returncode == 0, "the record and Temporal are prepared", _START_SECONDS)
        return product

    @property
    def roles(self) -> list[str]:
        return [role for role in super().roles if role != "temporal"]

    def metrics(self, role: str | None = None) -> list[str]:
        other = [f"http://127.0.0.1:{self.other.settings['SECONDLOOK_METRICS_PORT']}/metrics"]
        return super().metrics(role) + (other if role in (None, "worker") else [])

    @property
    def temporal_address(self) -> str:
        return self.cluster.temporal_address

    def start(self) -> None:
        self.other.start()
        super().start()
        if self._killing is None:
            self._killing = threading.Thread(target=self._kill_a_service)
            self._killing.start()

    def stop(self) -> float:
        seconds = super().stop()
        self.other.stop()
        return seconds

    def close(self) -> None:
        super().close()
        self.other.stop()
        self._over.set()
        if self._small_disk:
            # PostgreSQL does not outlive a disk that goes away under it.
            self.cluster.execute(f"DROP DATABASE {self._database} WITH (FORCE)", "DROP TABLESPACE small")
        if self._killing is not None:
            self._killing.join()
            assert self._killed, "no service of the engine died in this test"
            wait(self._all_started_again, "what was killed runs again", _START_SECONDS)

    def kill(self, role: str) -> None:
        if role == "temporal":
            self._kill_service(next(self._victims))
        else:
            super().kill(role)

    def kill_everything(self) -> None:
        """Both hosts and every service of the engine."""
        self.other.kill()
        for service in SERVICES:
            self._kill_service(service)
        super().kill_everything()

    def _kill_service(self, service: str) -> None:
        self._killed[service] = self.cluster.pids()[service]
        self.cluster.kill(service)

    def _kill_a_service(self) -> None:
        with psycopg.connect(self.record_url.replace("+psycopg", ""), autocommit=True) as record:
            while not self._over.wait(0.05):
                if record.execute("SELECT 1 FROM inbox WHERE judged_at IS NOT NULL LIMIT 1").fetchone():
                    self.kill("temporal")
                    return

    def _all_started_again(self) -> bool:
        pids = self.cluster.pids()
        return all(pids[service] != pid for service, pid in self._killed.items())

    @property
    def _database(self) -> str:
        return self.record_url.rpartition("/")[2]

    def lose_temporals_database(self) -> None:
        self.cluster.lose_temporals_databases()

    def kept(self) -> dict[str, bytes]:
        hosts = {str(path): path.read_bytes() for path in [*self.logs(), self.other.folder / "out"]}
        return hosts | self.cluster.kept(self._database)

    @contextmanager
    def read_only_record(self) -> Iterator[None]:
        self.cluster.execute(f"ALTER DATABASE {self._database} SET default_transaction_read_only = on")
        yield
        self.cluster.execute(f"ALTER DATABASE {self._database} RESET default_transaction_read_only")

    def put_record_on(self, disk: Path) -> None:
        owner = (self.cluster.folder / "postgres").stat()
        subprocess.run(["chown", f"{owner.st_uid}:{owner.st_gid}", disk], check=True)
        self.cluster.execute(
            f"CREATE TABLESPACE small LOCATION '{disk}'", f"ALTER DATABASE {self._database} SET TABLESPACE small"
        )
        self._small_disk = True
