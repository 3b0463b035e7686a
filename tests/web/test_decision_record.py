"""The record of a decision: made once, kept, printed on record; what is protected in an annex of its own."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from sqlalchemy import select, update

from secondlook.records.decision_records import MADE, PRINTED
from secondlook.records.replay import Break
from secondlook.records.schema import audit, screenings
from secondlook.records.verifying import verify
from secondlook.web.decision_record import printer, routes
from tests.web.conftest import Enter
from tests.web.office import KNOWN, Office, Visitor
from tests.web.pages import Page
from tests.web.test_review import REVIEW
from tests.web.test_supervision import reaches

TELLING = re.compile(r"[Vv]ictim|B-05|Trafficking|Lane|[Tt].visa")
FACTS = {
    **KNOWN,
    "education": {"value": {"high_school_completed": True}, "source": "a-file", "document": "d1", "page": 3},
    "victim_of": {"value": ["trafficking"], "source": "t-visa file", "document": "d2", "page": 1},
}
DOCUMENTS = [{"id": "d1", "title": "School papers"}, {"id": "d2", "title": "T visa application"}]


def ended(office: Office, enter: Enter, rationale: str = REVIEW["rationale"]) -> str:
    """A case that an attorney closed and a supervisor concurred with."""
    case_id = office.receive(1, facts=FACTS, documents=DOCUMENTS)
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    reasons = ["victim_or_witness", "family_ties"]
    answers = {**REVIEW, "rationale": rationale, "reasons": reasons, "finding_B__05": "true"}
    assert attorney.decide(form.action, form.filled(**answers)).status_code == 303
    office.later(minutes=11)
    supervisor = enter("supervisor1")
    reaches(office, case_id, "supervisor_review")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    supervisor.post(form.action, form.filled(answer="concur", checked=["facts", "rationale"], note="Seen by me."))
    reaches(office, case_id, "closed")
    return case_id


def get(visitor: Visitor, case_id: str, part: str = "record", form: str = "html", reason: str = "file") -> bytes:
    """A print, by the case page's own form."""
    ending = "/decision-record" if part == "record" else "/decision-record/annex"
    sent = visitor.get(f"/cases/{case_id}").form(ending)
    fields = sent.filled(reason=reason) if part == "annex" else sent.fields
    answer = visitor.send(sent.action, [*fields, ("form", form)])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.content


def page_of(content: bytes) -> Page:
    """The page, which has all that every page of ours has, but for the style that it brings itself."""
    page = Page(200, content.decode())
    assert page.problems == ["inline style"]
    return page


@pytest.fixture(scope="module")
def paper() -> None:
    """What PDFs need is here; it cannot be everywhere (deploy/install_pango.sh)."""
    if subprocess.run([sys.executable, "-W", "ignore", "-c", "import weasyprint"], capture_output=True).returncode:
        pytest.skip("there is no pango")


def entries(office: Office, case_id: str, kind: str) -> list[dict[str, object]]:
    """The details of a case's entries of a kind, each with who it was."""
    query = select(audit).where(audit.c.case_id == case_id, audit.c.kind == kind).order_by(audit.c.seq)
    rows = office.database.read_now(lambda connection: connection.execute(query).all())
    return [{"by": row.actor, **json.loads(row.detail)} for row in rows]


def broken(office: Office) -> list[Break]:
    return office.database.read_now(lambda connection: verify(connection, office.vault)).broken


def test_the_record_of_a_decision_says_what_it_was_made_on_and_by_whom(office: Office, enter: Enter) -> None:
    case_id = ended(office, enter)

    page = page_of(get(enter("attorney1"), case_id))

    assert page.heading == "Decision record"
    assert page.title == f"Decision record, case {case_id}, round 1 – Second Look"
    for said in (
        "A-numberA000000001",
        "RespondentQuillfeather, Ottoline",
        "Department of Homeland Security, office BAL",
        "DecisionAdministratively close",
        "ReasonsFamily ties",
        "Here since 1994. No danger.",
        "Attorney One (attorney1), attorney,",
        "Supervisor One (supervisor1), supervisor,",
        "Checked on concurringFacts, Rationale",
        "Seen by me.",
        "First arrival 11 Aug 1994 a-file 20 Nov 2011",
        "version opla-2011-11-17, as of 5 Dec 2011",
        "A-05c Misdemeanor of driving under the influence",
        "A-05c is met",
        "School papers, page 3",
        "Next hearing1 Mar 2012, master calendar Custody",
    ):
        assert said in page.words, said
    (end,) = [each for each in entries(office, case_id, "concurred")]
    assert end["stage"] == "closed"
    assert re.search(r"ended with entry \d+ of the case's audit chain, whose hash is [0-9a-f]{64}\.", page.words)


@pytest.mark.usefixtures("paper")
def test_it_is_made_once_and_later_prints_give_the_same_bytes(
    office: Office, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = ended(office, enter)
    attorney, auditor = enter("attorney1"), enter("auditor1")
    first = get(attorney, case_id)
    monkeypatch.setattr(routes, "document", lambda *_: b"what a later release would write")

    assert get(auditor, case_id) == first
    paper = get(auditor, case_id, form="pdf")
    assert get(attorney, case_id, form="pdf") == paper

    made, printed = entries(office, case_id, MADE), entries(office, case_id, PRINTED)
    assert [(each["by"], each["form"]) for each in made] == [("attorney1", "html"), ("auditor1", "pdf")]
    assert [(each["by"], each["part"], each["form"]) for each in printed] == [
        ("attorney1", "record", "html"),
        ("auditor1", "record", "html"),
        ("auditor1", "record", "pdf"),
        ("attorney1", "record", "pdf"),
    ]
    assert broken(office) == []
    history = attorney.get(f"/cases/{case_id}").words.rpartition("History")[2]
    assert "Auditor One printed the decision record of round 1 as a PDF." in history
    assert "The decision record of round 1 as a page was made, when Attorney One first asked for it." in history


def test_two_who_ask_at_once_get_one_record(office: Office, enter: Enter) -> None:
    case_id = ended(office, enter)
    people = [enter("attorney1"), enter("supervisor1"), enter("auditor1"), enter("attorney2")]

    with ThreadPoolExecutor(len(people)) as pool:
        got = list(pool.map(lambda person: get(person, case_id), people))

    assert len(set(got)) == 1
    assert len(entries(office, case_id, MADE)) == 1
    assert len(entries(office, case_id, PRINTED)) == 4
    assert broken(office) == []


def test_what_is_protected_stands_in_the_annex_alone(office: Office, enter: Enter) -> None:
    case_id = ended(office, enter)
    attorney = enter("attorney1")

    record, annex = page_of(get(attorney, case_id)), page_of(get(attorney, case_id, "annex"))

    assert not TELLING.search(record.words)
    for said in (
        "Trafficking",
        "t-visa file",
        "T visa application, page 1",
        "B-05",
        "Attorney's findingMet",
        "Victim of or witness to a crime",
        "Lane:",
    ):
        assert said.replace("Attorney's findingMet", "Met") in annex.words, said
    assert "Family ties" not in annex.words
    assert "First arrival" not in annex.words
    assert broken(office) == []


def test_the_annex_needs_a_reason_and_somebody_who_may_decide_the_case(office: Office, enter: Enter) -> None:
    case_id = ended(office, enter)
    attorney, auditor = enter("attorney1"), enter("auditor1")
    form = attorney.get(f"/cases/{case_id}").form("/annex")

    without = attorney.post(form.action, [*form.fields, ("form", "html")], status=422)

    assert "Choose what the annex is printed for" in without.words
    get(attorney, case_id, "annex", reason="authority")
    (printed,) = entries(office, case_id, PRINTED)
    assert (printed["by"], printed["part"], printed["reason"]) == ("attorney1", "annex", "authority")
    assert not auditor.get(f"/cases/{case_id}").has_form("/annex")
    for person, status in ((auditor, 403), (enter("attorney3"), 404)):
        token = person.get("/").form("/sign-out").fields
        person.post(form.action, [*token, ("round", "1"), ("reason", "file")], status=status)
    assert len(entries(office, case_id, PRINTED)) == 1


def test_there_is_no_record_of_a_round_that_has_not_ended(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = attorney.get(f"/cases/{case_id}")
    assert "Decision record" not in page.words

    token = page.form("/sign-out").fields
    attorney.post(f"/cases/{case_id}/decision-record", [*token, ("round", "1")], status=404)

    assert entries(office, case_id, MADE) == entries(office, case_id, PRINTED) == []


@pytest.mark.usefixtures("paper")
def test_the_pdf_is_tagged_and_reads_in_the_order_of_the_page(office: Office, enter: Enter) -> None:
    case_id = ended(office, enter)
    attorney = enter("attorney1")
    page = page_of(get(attorney, case_id))

    reader = PdfReader(io.BytesIO(get(attorney, case_id, form="pdf")))

    catalog = reader.root_object
    assert (catalog["/Lang"], catalog["/MarkInfo"]["/Marked"]) == ("en", True)
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == page.title
    assert len(reader.pages) <= 3
    tags = list(tags_in(catalog["/StructTreeRoot"]))
    assert tags[0] == "/Document"
    assert tags.count("/H1") == 1
    assert [each for each in tags if each in ("/H2", "/Table")][:4] == ["/H2", "/Table", "/H2", "/Table"]
    assert tags.count("/TH") > 20
    text = "".join(each.extract_text() for each in reader.pages)
    said = ("Case and parties", "A000000001", "Here since 1994", "Attorney One", "Facts relied on", "11 Aug 1994")
    places = [text.index(each) for each in (*said, "Criteria considered", "On record")]
    assert places == sorted(places)


def tags_in(element: DictionaryObject) -> Iterator[str]:
    """The tags of a structure tree, in reading order."""
    if "/S" in element:
        yield str(element["/S"])
    below = element.get("/K", ())
    below = below.get_object() if hasattr(below, "get_object") else below
    for each in below if isinstance(below, list) else [below]:
        child = each.get_object()
        if isinstance(child, DictionaryObject) and child.get("/Type") != "/OBJR":
            yield from tags_in(child)


def test_a_machine_that_cannot_make_pdfs_says_so_and_still_gives_the_page(
    office: Office, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = ended(office, enter)
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/decision-record")
    said = {3: "No PDF can be made here", 4: "No PDF of this record can be made here", 1: "The PDF was not finished"}
    for code, heading in said.items():
        monkeypatch.setattr(printer, "_PROGRAM", (sys.executable, "-I", "-c", f"raise SystemExit({code})"))

        refused = attorney.post(form.action, [*form.fields, ("form", "pdf")], status=503)

        assert refused.heading == heading
        assert "as a page" in refused.words

    assert entries(office, case_id, PRINTED) == []
    assert page_of(get(attorney, case_id)).heading == "Decision record"


@pytest.mark.usefixtures("paper")
async def test_people_s_letters_have_fonts_and_a_pdf_with_boxes_for_letters_is_none() -> None:
    names = "Привет العربية 中文 한국어 हिन्दी አማርኛ ខ្មែរ"
    html = '<!doctype html><html lang="en"><title>x</title><p>'

    written = await printer.Printer().pdf(f"{html}{names}".encode())

    text = PdfReader(io.BytesIO(written)).pages[0].extract_text()
    assert "Привет" in text and "中文" in text and "한국어" in text
    with pytest.raises(printer.CannotPrint, match="letters"):
        await printer.Printer().pdf(f"{html}No font has \ue000.".encode())


@pytest.mark.usefixtures("paper")
async def test_setting_a_page_fetches_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        html = f'<!doctype html><html lang="en"><title>x</title><link rel="stylesheet" href="{address}">'
        inside = Path(__file__).as_uri()

        written = await printer.Printer().pdf(
            f'{html}<p>Text<img src="{address}" alt=""><a rel="attachment" href="{inside}">x</a>'.encode()
        )

        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert b"/EmbeddedFile" not in written


async def test_pages_are_set_one_after_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each process of this test fails where another one is at it."""
    busy = str(tmp_path / "busy")
    alone = f"import os, sys, time; os.mkdir({busy!r}); time.sleep(0.05); os.rmdir({busy!r}); sys.stdout.write('ok')"
    monkeypatch.setattr(printer, "_PROGRAM", (sys.executable, "-I", "-c", alone))
    one = printer.Printer()

    assert await asyncio.gather(*(one.pdf(b"") for _ in range(6))) == [b"ok"] * 6


async def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    number = tmp_path / "number"
    endless = f"import os, time; open({str(number)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(printer, "_PROGRAM", (sys.executable, "-I", "-c", endless))
    monkeypatch.setattr(printer, "WITHIN", 1.5)

    with pytest.raises(printer.CannotPrint, match="failed"):
        await printer.Printer().pdf(b"")

    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


def test_of_a_round_that_cannot_be_read_whole_nothing_is_made(office: Office, enter: Enter) -> None:
    case_id = ended(office, enter)
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/decision-record")
    office.database.write_now(
        lambda connection: connection.execute(update(screenings).values(result=b"\x04test damaged"))
    )

    refused = attorney.post(form.action, [*form.fields, ("form", "html")], status=503)

    assert refused.heading == "The decision record cannot be made here"
    assert entries(office, case_id, MADE) == entries(office, case_id, PRINTED) == []
