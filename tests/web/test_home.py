"""Home: what waits for whom, each number with its list, and work that one can do first."""

from __future__ import annotations

from tests.web.conftest import Enter
from tests.web.office import Office, Visitor, until
from tests.web.pages import Page
from tests.web.test_assignment import confirm as assign
from tests.web.test_assignment import preview
from tests.web.test_queue import hearing, listed
from tests.web.test_supervision import with_the_supervisor
from tests.web.test_work import confirm, press, tomorrow

OWN = {
    "Returned to you": "/queue?tab=returned&whose=mine",
    "Facts arrived for you": "/queue?tab=facts_arrived&whose=mine",
    "Yours, overdue": "/queue?tab=mine&due=overdue",
    "Yours, due within 7 days": "/queue?tab=mine&due=soon",
    "Yours, on hold": "/queue?tab=on_hold&whose=mine",
    "All that is yours": "/queue?tab=mine",
    "Decided by you today": "/queue?tab=done&decided=today",
}
OF_OFFICES = {
    "Waiting for concurrence": "/queue?tab=with_supervisor",
    "Overdue": "/queue?tab=overdue",
    "Late facts": "/queue?tab=late_facts",
    "Nobody's": "/queue?tab=unassigned",
}


def number(page: Page, words: str) -> int | None:
    """The number before some words."""
    said = page.words.partition(f" {words}")[0].rpartition(" ")[2]
    return int(said) if said.isdecimal() else None


def says(visitor: Visitor, words: str, wanted: int) -> Page:
    """Home, once a number is what it must be: counts are used for a while."""

    def found() -> Page | None:
        page = visitor.get("/")
        return page if number(page, words) == wanted else None

    return until(f"{wanted} {words}", found)


def first(page: Page) -> list[str]:
    """The cases to do first, in their order; those with hearings stand behind them."""
    return list(dict.fromkeys(listed(page)))


def test_each_number_leads_to_the_list_that_it_counts(office: Office, enter: Enter) -> None:
    mine, held_back, decided, asked = (office.receive(number) for number in range(1, 5))
    attorney, supervisor = enter("attorney1"), enter("supervisor1")
    assign(supervisor, preview(supervisor, [mine, held_back], "attorney1"))
    press(attorney, held_back, "hold", reason="The file is at the court.", until=tomorrow())
    confirm(attorney, decided)
    form = attorney.get(f"/cases/{asked}").form("/review")
    fields = form.filled(action="need_facts", reasons="other", rationale="What of 2003?")
    assert attorney.decide(form.action, fields).status_code == 303
    office.update_facts(asked, prior_removals=0)

    expected = {
        "Returned to you": set(),
        "Facts arrived for you": {asked},
        "Yours, overdue": set(),
        "Yours, due within 7 days": set(),
        "Yours, on hold": {held_back},
        "All that is yours": {mine, held_back, asked},
        "Decided by you today": {decided},
    }
    assert expected.keys() == OWN.keys()
    for words, cases in expected.items():
        page = says(attorney, words, len(cases))
        assert OWN[words] in page.links
        assert set(listed(attorney.get(OWN[words]))) == cases, words
    assert "Counted " in page.words


def test_a_returned_case_is_counted_and_the_first_to_do(office: Office, enter: Enter) -> None:
    case_id, _ = with_the_supervisor(office, enter)
    supervisor, attorney = enter("supervisor1"), enter("attorney1")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    supervisor.post(form.action, form.filled(answer="return", note="What of the 2003 conviction?"))

    page = says(attorney, "Returned to you", 1)

    assert first(page)[0] == case_id
    assert number(page, "Yours, due within 7 days") == 0


def test_work_to_do_first_is_one_s_own_then_nobody_s_and_a_decided_case_leaves_it(office: Office, enter: Enter) -> None:
    detained = office.receive(1, custody="detained")
    soon, late = (office.receive(n, court=hearing(f"2012-0{n}-01")) for n in (2, 6))
    own, theirs, waiting, taken = (office.receive(n, custody="detained") for n in range(11, 15))
    attorney, colleague, supervisor = enter("attorney1"), enter("attorney2"), enter("supervisor1")
    assign(supervisor, preview(supervisor, [own], "attorney1"))
    assign(supervisor, preview(supervisor, [theirs], "attorney2"))
    press(attorney, waiting, "hold", reason="The file is at the court.", until=tomorrow())
    press(colleague, taken, "claim")

    page = attorney.get("/")
    assert first(page) == [own, detained, soon, late]
    assert page.has_form("/queue/next")

    confirm(attorney, own)
    assert first(attorney.get("/")) == [detained, soon, late]


def test_the_nearest_hearings_are_one_s_own_and_still_to_come(office: Office, enter: Enter) -> None:
    past, far, near = (
        office.receive(n, court=hearing(day)) for n, day in enumerate(("2012-01-02", "2099-05-01", "2098-05-01"), 1)
    )
    office.receive(4, court=hearing("2098-01-01"))
    attorney, supervisor = enter("attorney1"), enter("supervisor1")
    assign(supervisor, preview(supervisor, [past, far, near], "attorney1"))

    page = attorney.get("/")

    shown = listed(page)[-2:]
    assert shown == [near, far]
    assert "/queue?tab=mine&sort=hearing" in page.links


def test_supervisors_see_their_offices_and_the_load_of_each_person(office: Office, enter: Enter) -> None:
    case_id, _ = with_the_supervisor(office, enter)
    given, elsewhere = office.receive(2), office.receive(3, office="DEN")
    enter("attorney1")
    supervisor = enter("supervisor1")
    assign(supervisor, preview(supervisor, [given], "attorney1"))

    page = says(supervisor, "Nobody's", 1)
    assert listed(page) == [case_id], "what waits for their answer"
    assert not page.has_form("/queue/next")

    assert set(OF_OFFICES.values()) <= set(page.links)
    assert number(page, "Waiting for concurrence") == 1
    assert listed(supervisor.get(OF_OFFICES["Waiting for concurrence"])) == [case_id]
    assert listed(supervisor.get(OF_OFFICES["Nobody's"])) == [elsewhere]
    assert "Attorney One1 open0 overdue0 on hold" in until(
        "the load", lambda: page.words if "Attorney One1 open" in (page := supervisor.get("/")).words else None
    )
    assert listed(supervisor.get("/assignment?whose=attorney1")) == [given]
    for which in ("overdue", "on_hold"):
        assert f"/assignment?whose=attorney1&which={which}" in supervisor.get("/").links
        assert listed(supervisor.get(f"/assignment?whose=attorney1&which={which}")) == []
    press(supervisor, given, "hold", reason="The file is at the court.", until=tomorrow())
    page = supervisor.get("/assignment?whose=attorney1&which=on_hold")
    assert listed(page) == [given]
    assert "Cases of Attorney One, on hold" in page.words


def test_a_supervisor_s_own_decision_is_not_theirs_to_answer(office: Office, enter: Enter) -> None:
    case_id, decider = with_the_supervisor(office, enter, by="supervisor2")

    assert listed(decider.get("/")) == []
    assert listed(enter("supervisor1").get("/")) == [case_id]


def test_auditors_see_numbers_of_all_offices_and_no_work(office: Office, enter: Enter) -> None:
    office.receive(1)
    office.receive(2, office="DEN")

    page = enter("auditor1").get("/")

    assert number(page, "Nobody's") == 2
    assert "In all offices" in page.words
    assert not page.has_form("/queue/next")
    assert listed(page) == []
    assert "Load of each person" not in page.words


def test_attorneys_see_no_numbers_of_others(office: Office, enter: Enter) -> None:
    office.receive()

    page = enter("attorney1").get("/")

    assert "In your offices" not in page.words
    assert "Load of each person" not in page.words
