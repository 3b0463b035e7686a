"""Ports of this machine. One that is taken is never shared, and never quietly exchanged where somebody holds on to it.

``listen`` is for ports that are told to people and scrapers: they are had, or the program stops and says which setting
chooses another. ``reserve`` is for those that only our own processes use: any free one does.
"""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import suppress
from typing import Final

_HIGHEST: Final = 65535
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class CannotListen(RuntimeError):
    """The address cannot be had; the message says which, why and what to do."""


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A socket bound there, not listening yet; port 0 is any free one. Raises CannotListen naming the ``setting``."""
    if port > _HIGHEST:
        raise CannotListen(f"port {port} does not exist: choose a lower one with {setting}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
    except (socket.gaierror, UnicodeError):
        raise CannotListen(f"{host} with port {port} is no address of this machine: check SECONDLOOK_HOST") from None
    # By its protocol's name: asyncio sends at once only where it sees TCP. Else each page waits 40 ms for an answer.
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Linux lets two sockets have a port until one of them listens: so listen, at once.
        bound.listen(2048)
    except OSError as problem:
        bound.close()
        raise CannotListen(_why(problem, host, port, setting)) from None
    return bound


def _why(problem: OSError, host: str, port: int, setting: str) -> str:
    code = problem.errno
    if code == errno.EADDRINUSE:
        return f"port {port} is taken by another program: stop that one, or choose another port with {setting}"
    if code == errno.EACCES:
        return f"port {port} is not for this user: choose one above 1023 with {setting}"
    if code == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine: check SECONDLOOK_HOST"
    return f"port {port} cannot be listened on: choose another with {setting}"


def address_of(listening: socket.socket) -> str:
    """The http address at which this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def free_port(wanted: int = 0) -> int:
    """``wanted`` where it is free on the loopback interface now, else one that the system chooses."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback interface")


def reserve(wanted: int) -> tuple[int, socket.socket]:
    """A free port for a program that binds it itself, and what keeps it from every other ``up`` until it is closed."""
    port = wanted
    while True:
        port = free_port(port)
        held = socket.socket(socket.AF_UNIX)
        if sys.platform != "linux":
            return port, held
        with suppress(OSError):
            # A name without a file, in the same network namespace as the port; gone with its process.
            held.bind(f"\0secondlook-port-{port}")
            return port, held
        held.close()
        port = 0
