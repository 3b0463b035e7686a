"""Whether an address is on this machine.

Our own processes are asked directly, never through the environment's proxy, which may not know them.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host, by name or number, is this machine's loopback interface."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def on_loopback(address: str) -> bool:
    """Whether an http(s) address is this machine's own."""
    with suppress(ValueError):
        return is_loopback(urlsplit(address).hostname or "")
    return False
