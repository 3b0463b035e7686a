"""A text from outside never turns round what stands beside it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import Connection, select, update

from secondlook.cases.plain_text import keeps_its_direction
from secondlook.records.schema import cases
from secondlook.web.direction import isolated_plainly
from tests.web.conftest import Enter
from tests.web.office import Office
from tests.web.test_review import REVIEW

OVERRIDE, ISOLATE, ENDED, ZERO, HEBREW = "\u202e", "\u2067", "\u2069", "\u200b", "\u05e9\u05dc\u05d5\u05dd"
NAMES = [f"{OVERRIDE}olleH", f"{ISOLATE}Open", f"{ENDED}{OVERRIDE}Closed", HEBREW, f"{ZERO}{ZERO}"]
TURNING = re.compile("[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]")


class Directions(HTMLParser):
    """Where texts that can turn others stand, and which links say nothing."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loose: list[str] = []
        self.silent: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._link: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("title", "aria-label", "placeholder", "alt"):
            value = given.get(name) or ""
            if TURNING.search(value) and not (value.startswith("\u2068") and value.endswith("\u2069")):
                self.loose.append(f"{tag} {name}")
        if tag not in {"input", "meta", "link", "br", "hr", "img"}:
            self._open.append((tag, tag == "bdi" or given.get("dir") == "auto"))
        if tag == "a":
            self._link = []

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()
        if tag == "a" and self._link is not None:
            if not re.search(r"\w", "".join(self._link)):
                self.silent.append(self.get_starttag_text() or "")
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link.append(data)
        isolated = any(isolating for _, isolating in self._open)
        if TURNING.search(data) and not isolated and not data.strip().startswith("\u2068"):
            self.loose.append(data)
        in_area = any(tag == "textarea" for tag, _ in self._open)
        if isolated and not in_area and not keeps_its_direction(data):
            self.loose.append(f"can end its isolation: {data!r}")


def rename(office: Office, case_id: str, name: str) -> None:
    """On record as an older door, which refused no such name, has left it."""

    def change(connection: Connection) -> None:
        where = f"cases.identity/{case_id}", f"cases.facts/{case_id}"
        row = connection.execute(select(cases.c.identity, cases.c.facts).where(cases.c.id == case_id)).one()
        identity, facts = (office.vault.open(sealed, place) for sealed, place in zip(row, where, strict=True))
        assert isinstance(identity, dict)
        assert isinstance(facts, dict)
        identity |= {"respondent": {"family_name": name, "given_name": name}, "language": name, "case_type": name}
        facts |= {"first_arrival_date": {"value": "1994-08-11", "source": f"file {name}", "observed_at": "2011-11-20"}}
        sealed = {"identity": office.vault.seal(identity, where[0]), "facts": office.vault.seal(facts, where[1])}
        connection.execute(update(cases).where(cases.c.id == case_id).values(**sealed))

    office.database.write_now(change)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_isolates_what_came_from_outside_or_was_typed(office: Office, enter: Enter, name: str) -> None:
    case_id = office.receive()
    rename(office, case_id, name)
    supervisor, attorney = enter("supervisor1"), enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    said = f"{ISOLATE}{HEBREW}{ENDED} {HEBREW}"
    typed = {**REVIEW, "rationale": f"Seen: {said}"}

    pages = [attorney.get("/queue"), attorney.post(form.action, form.filled(**{**typed, "action": ""}), status=422)]
    pages.append(attorney.post(form.action, form.filled(**typed)))
    confirmed = pages[-1].form("/review")
    pages.append(attorney.post(confirmed.action, confirmed.fields))
    taken_back = pages[-1].form("/withdrawal")
    pages.append(attorney.post(taken_back.action, taken_back.filled(reason=f"Because {said}")))
    pages += [supervisor.get("/queue"), supervisor.get(f"/cases/{case_id}")]
    revealing = pages[-1].form("/a-number")
    pages.append(supervisor.post(revealing.action, revealing.fields))

    for page in pages:
        seen = Directions(page.text)
        assert seen.loose == []
        assert seen.silent == []
        if "sl-number" in page.text or "A-number" in page.words:
            assert re.search(r"<bdi[^>]*>(A000123456|[^<]*3456)</bdi>", page.text), "the A-number stands by itself"


def test_a_title_is_isolated_without_an_element() -> None:
    assert isolated_plainly("A plain title") == "A plain title"
    assert isolated_plainly(f"Case of {OVERRIDE}<b>") == "\u2068Case of &lt;b&gt;\u2069"


def test_a_name_that_nobody_can_see_is_not_taken_for_one(office: Office, enter: Enter) -> None:
    rename(office, office.receive(), f"\u3164\u2800{ZERO}\u00ad")

    assert "Name not known" in enter("attorney1").get("/queue").words
