"""The whole product on the distributed server, with a second worker host, while one of the server's services is killed.

The day is the one of tests/end_to_end, word for word; only what carries its events differs.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.hosts import Engine, Host
from tests.end_to_end.product import Product
from tests.end_to_end.test_a_day import test_a_docket_comes_in_and_three_cases_end

__all__ = ["test_a_docket_comes_in_and_three_cases_end"]

pytestmark = pytest.mark.slow


@pytest.fixture
def make_product(cluster: Cluster, new_host: Callable[..., Host], tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """A product that shares its engine with one more worker host, and whose engine loses a service while cases load."""
    engine = Engine(cluster.told()["TEMPORAL_ADDRESS"], cluster.new_database())
    made: list[Product] = []
    over = threading.Event()
    killed: list[int] = []

    def kill_a_service() -> None:
        while not over.wait(0.05):
            if _screened(engine.database_url) >= 10:
                killed.append(cluster.pids()["history"])
                cluster.kill("history")
                return

    killing = threading.Thread(target=kill_a_service)

    def make(**settings: str) -> Product:
        shared = {**engine.settings(f"day-{uuid.uuid4().hex}"), **settings}
        product = Product(tmp_path / "data", shared)
        made.append(product)
        new_host(shared).start()
        killing.start()
        return product

    yield make
    over.set()
    killing.join()
    for product in made:
        product.close()
    assert killed and cluster.pids()["history"] not in killed


def _screened(url: str) -> int:
    """How many cases the record has screened; none before it has tables."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        try:
            row = connection.execute("SELECT count(*) FROM screenings").fetchone()
        except psycopg.errors.UndefinedTable:
            return 0
        return int(row[0]) if row else 0
