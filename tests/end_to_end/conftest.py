"""What the tests here run on: the embedded servers, and the distributed Temporal server wherever it can be had.

It is built from the moment in which tests that need it are chosen, while the others run, so those come last.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import LEFT_OUT, new_postgres_database
from tests.end_to_end.cluster import Build, Cluster, NotHere
from tests.end_to_end.distributed import DistributedProduct
from tests.end_to_end.hosts import Engine, Host
from tests.end_to_end.product import Product

DISTRIBUTED = "distributed"
LAST_RELEASE = "69dfbe3"
_building = pytest.StashKey[Build]()


def _is_distributed(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.name.endswith(f"[{DISTRIBUTED}]")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_is_distributed)
    for item in filter(_is_distributed, items):
        # The first of them waits for the build, which has a limit of its own.
        item.add_marker(pytest.mark.timeout(300, func_only=True))


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(map(_is_distributed, session.items)) and not session.config.option.collectonly:
        session.config.stash[_building] = Build()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (build := session.config.stash.get(_building, None)) is not None:
        build.stop()


@pytest.fixture(scope="package")
def built(pytestconfig: pytest.Config) -> None:
    """The distributed server's programs are there; where they cannot be had, what needs them is left out loudly."""
    try:
        pytestconfig.stash[_building].finish()
    except NotHere as problem:
        LEFT_OUT.append(f"everything on the distributed Temporal server: {problem}")
        pytest.skip(str(problem))


@pytest.fixture(scope="package")
def cluster(built: None) -> Iterator[Cluster]:
    running = Cluster.made()
    try:
        running.start()
        yield running
    finally:
        running.remove()


@pytest.fixture(params=["embedded", DISTRIBUTED])
def make_product(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """Makes products that tests start, use and break."""
    made: list[Product] = []

    def make(**settings: str) -> Product:
        data = tmp_path / f"data{len(made)}"
        if request.param == DISTRIBUTED:
            made.append(DistributedProduct.made(request.getfixturevalue("cluster"), data, settings))
        else:
            made.append(Product(data, settings))
        return made[-1]

    yield make
    for product in made:
        product.close()


@pytest.fixture(scope="session")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last landed release's source, from the repository's history."""
    folder = tmp_path_factory.mktemp("last-release")
    root = Path(__file__).parents[2]
    packed = subprocess.run(["git", "archive", LAST_RELEASE], cwd=root, capture_output=True, check=False)
    if packed.returncode:
        LEFT_OUT.append("this release beside or after the last one: its commit is not in this clone (a shallow one?)")
        pytest.skip("the last release is not in this clone")
    subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
    return folder


@pytest.fixture
def new_host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def make(settings: dict[str, str], *command: str) -> Host:
        host = Host(tmp_path / f"host{len(made)}", settings, command or ("worker",))
        made.append(host)
        return host

    yield make
    for host in made:
        host.stop()


@pytest.fixture(params=["one process", DISTRIBUTED])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A Temporal server and an empty database with the limits that docs/scaling.md asks for."""
    if request.param == DISTRIBUTED:
        cluster: Cluster = request.getfixturevalue("cluster")
        return Engine(cluster.temporal_address, cluster.new_database(), lambda: cluster.kill("history", "matching"))
    database = new_postgres_database(request.getfixturevalue("postgres_server"))
    return Engine(request.getfixturevalue("temporal_address"), database)
