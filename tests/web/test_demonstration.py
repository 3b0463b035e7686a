"""Demonstration people decide some cases of a sample, as people do, and touch no other."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import uvicorn

from secondlook.demonstration import demonstrate
from secondlook.web.app import create_app
from tests.web.office import Office, until


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """The application on a port of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(office.settings), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until("the application", lambda: True if server.started else None)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_they_decide_answer_return_and_hold_cases_of_the_sample_alone(office: Office, address: str) -> None:
    sample = [office.receive(number, subject=f"SAMPLE-{number:07d}") for number in range(1, 15)]
    real = office.receive(99, office="DEN")
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("waiting"):
            office.later(minutes=11)

    demonstrate(address, say, 0)

    stages = Counter(office.stage(case_id) for case_id in sample)
    ended = stages["closed"] + stages["dismissed"] + stages["continued"]
    # The returned one is with its attorney again, beside those that nobody has looked at.
    assert (stages["attorney_review"], stages["awaiting_facts"], stages["supervisor_review"], ended) == (7, 2, 3, 2)
    assert office.stage(real) == "attorney_review"
    assert len(said) == 5
