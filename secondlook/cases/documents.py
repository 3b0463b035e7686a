"""The documents of a case's file, as a sender lists them: what they are and where a person may open them.

Part of a received case's format (``facts.CASE``). Addresses are links on pages, so only hosts that the installation
names are taken, and linked; ``Settings`` says which, once a process. Without it no address is.
"""

import re

from secondlook.cases.fields import Check, FieldProblem, described, list_of, partial_date, record, text, whole_number

LONGEST_ID = 64
MOST_PAGES = 100_000
_ADDRESS = re.compile(r"https://([A-Za-z0-9.-]+(?::[0-9]{1,5})?)(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?")
_LONGEST_ADDRESS = 500

_hosts: frozenset[str] = frozenset()


def allow_hosts(hosts: frozenset[str]) -> None:
    """The hosts (``files.example``, ``files.example:8443``) whose addresses the doors of this process take."""
    global _hosts
    _hosts = frozenset(host.lower() for host in hosts)


def may_be_opened(address: str) -> bool:
    """Whether an address is one that a person may be led to."""
    found = _ADDRESS.fullmatch(address) if len(address) <= _LONGEST_ADDRESS else None
    return found is not None and found[1].lower() in _hosts


@described(
    {
        "type": "string",
        "format": "uri",
        "maxLength": _LONGEST_ADDRESS,
        "description": "an https address of a host that this installation allows",
    }
)
def _address(value: object, place: str, problems: list[FieldProblem]) -> None:
    if not (isinstance(value, str) and may_be_opened(value)):
        problems.append(FieldProblem(place, "must be an https address of a host that this installation allows"))


DOCUMENTS: Check = list_of(
    record(
        {
            "id": text(LONGEST_ID),
            "title": text(200),
            "date": partial_date,
            "kind": text(40),
            "address": _address,
            "pages": whole_number(1, MOST_PAGES),
        },
        required=("id",),
    ),
    most=200,
)
