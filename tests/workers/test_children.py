"""A child's process is there once or not at all, whatever goes wrong around it, and what goes wrong is said."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from secondlook import metrics
from tests.conftest import eventually
from workers import children
from workers.children import Child
from workers.kept import Kept
from workers.ports import CannotListen, address_of, free_port, listen, reserve


@pytest.fixture
async def kept() -> AsyncIterator[Kept]:
    made = Kept(asyncio.Event())
    yield made
    await made.end()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(children, "_LONGEST_BACK_OFF", 0.05)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def child(tmp_path: Path, said: list[str]) -> AsyncIterator[Child]:
    script = f"echo $$ >> {tmp_path}/pids; exec sleep 600"
    made = Child("web", ["sh", "-c", script], {}, tmp_path / "log", say=said.append)
    yield made
    made.leave()
    await made.gone(5)


def _started(child: Child) -> int:
    pids = child.log_file.with_name("pids")
    return len(pids.read_text().split()) if pids.exists() else 0


def _alive(child: Child) -> Callable[[], asyncio.Future[bool]]:
    async def alive() -> bool:
        return child.alive and _started(child) > 0

    return lambda: asyncio.ensure_future(alive())


async def test_what_fails_beside_a_running_process_starts_no_other(child: Child) -> None:
    kept = Kept(asyncio.Event())

    def disk_full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept.keep(child.keep_running(disk_full))
    await asyncio.wait_for(kept.stop.wait(), 10)
    assert _started(child) <= 1
    with pytest.raises(OSError, match="No space left"):
        await kept.end()


@pytest.mark.parametrize("trouble", ["the program is missing", "no log file", "no more files"])
async def test_a_process_that_cannot_be_started_is_said_once_and_comes_when_it_can(
    kept: Kept, child: Child, said: list[str], trouble: str
) -> None:
    before = metrics.process_restarts.labels("web")._value.get()
    command, limits = child.command, resource.getrlimit(resource.RLIMIT_NOFILE)
    if trouble == "the program is missing":
        child.command = ["/nowhere/to/be/found"]
    elif trouble == "no log file":
        child.log_file.mkdir()
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))

    async def tried() -> bool:
        return metrics.process_restarts.labels("web")._value.get() >= before + 3

    try:
        kept.keep(child.keep_running(lambda: None))
        await eventually(tried, "three tries")
        assert not child.alive
        assert len(said) == 1 and "cannot be started" in said[0]
    finally:
        child.command = command
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        if child.log_file.is_dir():
            child.log_file.rmdir()
    await eventually(_alive(child), "the process runs")
    assert _started(child) == 1
    assert not kept.stop.is_set()


async def test_only_processes_that_run_are_counted(kept: Kept, child: Child, said: list[str]) -> None:
    count = metrics.processes.labels("web")._value
    before = count.get()
    child.command = ["false"]

    async def said_so() -> bool:
        return bool(said) and child.pid is None

    kept.keep(child.keep_running(lambda: None))
    await eventually(said_so, "its end is said")
    assert count.get() == before


async def test_keys_and_tokens_are_withheld(kept: Kept, child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_ENCRYPTION_KEYS", "k1:secret")
    monkeypatch.setenv("A_SOURCES_TOKEN", "secret")
    child.withheld = None
    kept.keep(child.keep_running(lambda: None))
    await eventually(_alive(child), "the process runs")
    assert b"secret" not in await asyncio.to_thread(Path(f"/proc/{child.pid}/environ").read_bytes)


async def test_a_task_that_dies_stops_the_others_and_is_raised() -> None:
    kept = Kept(asyncio.Event())

    async def dies() -> None:
        raise LookupError("a bug")

    kept.keep(asyncio.sleep(600))
    kept.keep(dies())
    await asyncio.wait_for(kept.stop.wait(), 5)
    with pytest.raises(LookupError):
        await kept.end()


def test_a_taken_port_is_named_with_what_chooses_another() -> None:
    with listen("127.0.0.1", 0, "") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} is taken.*--port"):
            listen("127.0.0.1", port, "--port")
    with pytest.raises(CannotListen, match="SECONDLOOK_HOST"):
        listen("192.0.2.1", 0, "--port")
    with pytest.raises(CannotListen, match="65536"):
        listen("127.0.0.1", 65536, "--port")


async def test_what_is_answered_goes_out_at_once() -> None:
    """Held back for a reader's acknowledgement, each page would come 40 ms late."""
    answered = asyncio.get_running_loop().create_future()

    async def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        answered.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listen("127.0.0.1", 0, "--port") as listening:
        async with await asyncio.start_server(look, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            assert await asyncio.wait_for(answered, 10)
            writer.close()


def test_a_reserved_port_goes_to_nobody_else_before_it_is_bound() -> None:
    wanted = free_port()
    (first, held), (second, other) = reserve(wanted), reserve(wanted)
    with held, other:
        assert first == wanted != second
    again, held = reserve(wanted)
    held.close()
    assert again == wanted


def test_a_socket_knows_its_address() -> None:
    with listen("0.0.0.0", 0, "") as anywhere:
        assert address_of(anywhere) == f"http://127.0.0.1:{anywhere.getsockname()[1]}"
    if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6"):  # noqa: PTH110
        with listen("::1", 0, "") as here:
            assert address_of(here) == f"http://[::1]:{here.getsockname()[1]}"
