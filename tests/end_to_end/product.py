"""The whole product as its users have it: ``secondlook up`` in a process of its own, and people who sign in by HTTP.

Tests here touch it only from outside: the command, the pages, the event door, the record, and signals. ``Product``
is the one on a single host with its embedded servers; distributed.py has the other.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx

from workers import temporal_server
from workers.ports import free_port

COMMAND = [sys.executable, "-m", "secondlook"]
START_SECONDS = 60.0


class _Forms(HTMLParser):
    """Every form of a page: its action and its fields' first values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and given.get("type") == "hidden" and "name" in given:
            self.forms[-1][1].setdefault(given["name"], given.get("value", ""))


def hidden_fields(page: str, action_end: str) -> dict[str, str]:
    """The hidden fields of the page's form whose action ends so. KeyError where there is none."""
    reader = _Forms()
    reader.feed(page)
    for action, fields in reader.forms:
        if action.endswith(action_end):
            return fields
    raise KeyError(f"the page has no form for {action_end}")


@dataclass
class Person:
    """Somebody who signed in, with a browser's cookies."""

    subject: str
    client: httpx.Client

    def page(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def cases(self, query: str = "") -> list[str]:
        """The cases on the first page of the person's queue, in its order."""
        return list(dict.fromkeys(re.findall(r'href="/cases/(c_[0-9a-f]+)', self.page(f"/queue{query}").text)))

    def send(self, case_id: str, form: str, **fields: str | list[str]) -> httpx.Response:
        """Fill in a form of the case's page and post it; answers without following redirects."""
        page = self.page(f"/cases/{case_id}").text
        return self.post(case_id, form, {**hidden_fields(page, form), **fields})

    def post(self, case_id: str, form: str, fields: dict[str, str | list[str]]) -> httpx.Response:
        """Post a form; a review that is played back is confirmed."""
        answer = self.client.post(f"/cases/{case_id}/{form}", data=fields, follow_redirects=False)
        if form == "review" and answer.status_code == 200 and "confirmed" not in fields:
            return self.post(case_id, form, {**fields, "confirmed": hidden_fields(answer.text, form)["confirmed"]})
        return answer

    def played_back(self, case_id: str, fields: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        """A review's fields, with what the confirm page adds."""
        page = self.client.post(f"/cases/{case_id}/review", data=fields).text
        return {**fields, "confirmed": hidden_fields(page, "review")["confirmed"]}

    def review_fields(
        self, case_id: str, action: str, rationale: str = "Looked at as a whole."
    ) -> dict[str, str | list[str]]:
        page = self.page(f"/cases/{case_id}").text
        reasons = re.findall(r'name="reasons"[^>]*value="([^"]+)"', page) or re.findall(
            r'value="([^"]+)"[^>]*name="reasons"', page
        )
        return {**hidden_fields(page, "review"), "action": action, "reasons": reasons[:1], "rationale": rationale}

    def review(self, case_id: str, action: str) -> httpx.Response:
        return self.post(case_id, "review", self.review_fields(case_id, action))

    def concur(self, case_id: str, answer: str = "concur") -> httpx.Response:
        return self.send(case_id, "concurrence", answer=answer, note="Seen.", checked="facts")


@dataclass
class Product:
    """One data folder with ``secondlook up`` on it."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    workers: int = 2
    port: int = field(default_factory=free_port)
    checkout: Path | None = None
    """Where another release's source is; None is this one's."""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SECONDLOOK_", "TEMPORAL_"))}
        ours = {"SECONDLOOK_DATA": str(self.data), "SECONDLOOK_AS_OF": "2011-12-05", "SECONDLOOK_METRICS_PORT": "0"}
        return {**kept, **ours, "SECONDLOOK_PORT": str(self.port), **self.settings}

    @property
    def roles(self) -> list[str]:
        """What runs on the host, in alphabetical order."""
        return ["sign-in", "supervisor", "temporal", "web", "worker", "worker"]

    @property
    def record_url(self) -> str:
        return self.settings.get("SECONDLOOK_DATABASE_URL", f"sqlite:///{self.data / 'secondlook.db'}")

    @property
    def temporal_address(self) -> str:
        lines = "".join(path.read_text() for path in self.logs() if path.name.startswith("temporal"))
        return str(re.findall(r"Server:\s+(\S+)", lines)[-1]).replace("localhost", "127.0.0.1")

    def start(self) -> None:
        self.data.mkdir(exist_ok=True)
        with (self.data / "up.out").open("ab") as out:
            self._process = subprocess.Popen(
                [*COMMAND, "up", f"--workers={self.workers}"],
                env=self.environment,
                cwd=self.checkout,
                stdout=out,
                stderr=out,
            )
        limit = time.monotonic() + START_SECONDS
        before = self.said().count("Second Look is running")
        while self.said().count("Second Look is running") == before or not self._listed():
            assert self._process.poll() is None, f"`up` ended with {self._process.returncode}: {self.said()}"
            assert time.monotonic() < limit, f"`up` is not ready after {START_SECONDS} s: {self.said()}"
            time.sleep(0.05)

    def said(self) -> str:
        path = self.data / "up.out"
        return path.read_text() if path.exists() else ""

    def _listed(self) -> bool:
        path = self.data / "processes.json"
        return path.exists() and {"web", "worker"} <= {each["role"] for each in json.loads(path.read_text())}

    def stop(self) -> float:
        """Stop as Ctrl-C or an operator would; answers how many seconds it took."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        return time.monotonic() - begun

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def run(self, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run another command on the same data folder."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment,
            cwd=self.checkout,
            input=given,
            capture_output=True,
            check=False,
            timeout=300,
        )

    def read(self, *arguments: str) -> dict[str, object]:
        answer = self.run(*arguments, "--json")
        assert answer.returncode == 0, answer.stderr.decode()
        document: dict[str, object] = json.loads(answer.stdout)
        return document

    def load(self, events: Iterable[dict[str, object]]) -> dict[str, int]:
        lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        answer = self.run("load", "-", "--json", given=lines)
        counts: dict[str, int] = json.loads(answer.stdout)
        return counts

    def metrics(self, role: str | None = None) -> list[str]:
        """Where processes tell their metrics: those of a role, or all."""
        processes = json.loads((self.data / "processes.json").read_text())
        return [each["metrics"] for each in processes if each["metrics"] and role in (None, each["role"])]

    def pids(self, role: str) -> list[int]:
        processes = json.loads((self.data / "processes.json").read_text())
        return [int(each["pid"]) for each in processes if each["role"] == role]

    def logs(self) -> list[Path]:
        return list((self.data / "logs").iterdir())

    def history(self, case_id: str) -> str:
        """All that Temporal tells of the case's run."""
        show = [temporal_server.program(), "workflow", "show", "--output=json", f"--workflow-id=case-review/{case_id}"]
        show.append(f"--address={self.temporal_address}")
        return subprocess.run(show, capture_output=True, text=True, check=True).stdout

    def kept(self) -> dict[str, bytes]:
        """All that the product and Temporal have written, by place."""
        return {str(path): path.read_bytes() for path in [*self.logs(), *self.data.glob("*.db*")]}

    def lose_temporals_database(self) -> None:
        """While the product is stopped."""
        for path in self.data.glob("temporal.db*"):
            path.unlink()

    @contextmanager
    def read_only_record(self) -> Iterator[None]:
        """The record can be read, not written."""
        with sqlite3.connect(self.data / "secondlook.db") as record:
            record.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            record.execute("PRAGMA journal_mode=DELETE")
        self.settings["SECONDLOOK_DATABASE_URL"] = f"sqlite:///file:{self.data}/secondlook.db?mode=ro&uri=true"
        yield
        del self.settings["SECONDLOOK_DATABASE_URL"]

    def put_record_on(self, disk: Path) -> None:
        """Keep the record there, before it holds anything."""
        self.data = disk / "data"

    def kill(self, role: str) -> None:
        """kill -9 of one process of a role."""
        for pid in self.pids(role)[:1]:
            os.kill(pid, signal.SIGKILL)

    def kill_everything(self) -> None:
        """As a power cut would, for processes: the supervisor and all its children, at once."""
        assert self._process is not None
        pids = [pid for role in ("worker", "web", "temporal", "sign-in") for pid in self.pids(role)]
        for pid in (self._process.pid, *pids):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()

    @property
    def address(self) -> str:
        found = re.findall(r"Second Look is running:\s+(\S+)", self.said())
        return str(found[-1])

    def sign_in(self, subject: str) -> Person:
        """Sign in at the real provider, through its own form."""
        client = httpx.Client(base_url=self.address, follow_redirects=True, timeout=30)
        asked = client.get("/sign-in?next=/queue")
        signed_in = client.post(urljoin(str(asked.url), ""), data={"sub": subject})
        assert signed_in.status_code == 200, signed_in.text[:500]
        assert str(signed_in.url).startswith(self.address), f"sign-in of {subject} ended at {signed_in.url}"
        return Person(subject, client)

    def until(self, check: str, seconds: float = 60.0) -> dict[str, object]:
        """Wait until ``status`` makes a condition true: ``drained`` or ``stage:number``."""
        limit = time.monotonic() + seconds
        while True:
            status = self.read("status")
            backlog, cases = status["backlog"], status["cases"]
            assert isinstance(backlog, dict) and isinstance(cases, dict)
            if check == "drained" and backlog["events"] == 0:
                return status
            if ":" in check and cases[check.split(":")[0]] >= int(check.split(":")[1]):
                return status
            assert time.monotonic() < limit, f"after {seconds} s still not {check}: {status}"
            time.sleep(0.2)
