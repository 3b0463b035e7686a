"""The queue's tabs, filters and kept views: each list, its count, and an address that says all of it."""

from __future__ import annotations

import pytest

from tests.web.conftest import Enter
from tests.web.office import Office, Visitor, until
from tests.web.pages import Page
from tests.web.test_assignment import confirm as assign
from tests.web.test_assignment import preview
from tests.web.test_queue import listed
from tests.web.test_supervision import reaches
from tests.web.test_work import confirm, press, tomorrow


def tab(page: Page, words: str) -> str:
    """What a tab says beside its name."""
    names = {"Mine", "Unassigned", "On hold", "Returned", "Facts arrived", "Held", "With the supervisor", "All open"}
    assert words in names | {"Done by me", "Overdue", "Late facts"}
    return page.words.partition("Saved views")[0].rpartition(f"{words} ")[2].split(" ")[0]


def test_each_tab_lists_and_counts_what_it_says(office: Office, enter: Enter) -> None:
    mine, on_hold, decided, free, asked = (office.receive(number) for number in range(1, 6))
    attorney, supervisor = enter("attorney1"), enter("supervisor1")
    assign(supervisor, preview(supervisor, [mine], "attorney1"))
    press(attorney, on_hold, "hold", reason="The file is at the court.", until=tomorrow())
    confirm(attorney, decided)
    form = attorney.get(f"/cases/{asked}").form("/review")
    fields = form.filled(action="need_facts", reasons="other", rationale="What of 2003?")
    assert attorney.decide(form.action, fields).status_code == 303
    office.update_facts(asked, prior_removals=0)

    expected = {
        ("mine", "Mine"): {mine, asked},
        ("unassigned", "Unassigned"): {on_hold, free, asked},
        ("on_hold", "On hold"): {on_hold},
        ("returned", "Returned"): set(),
        ("facts_arrived", "Facts arrived"): {asked},
        ("held", "Held"): {decided},
        ("with_supervisor", "With the supervisor"): set(),
        ("done", "Done by me"): {decided},
        ("", "All open"): {mine, on_hold, decided, free, asked},
    }
    for (code, words), cases in expected.items():
        address = f"/queue?tab={code}" if code else "/queue"
        page = attorney.get(address)
        assert set(listed(page)) == cases, code
        # Counts are used for a while: a long one for longer.
        said = (words, str(len(cases)))
        until("the count", lambda at=address, said=said: tab(attorney.get(at), said[0]) == said[1] or None)
        assert f"of {len(cases)}, counted" in page.words or not cases
    page = attorney.get("/queue?tab=on_hold")
    assert "on hold until" in page.words
    assert "Decision held" in attorney.get("/queue?tab=done&decided=today").words


def test_a_decided_case_leaves_mine_and_one_that_comes_back_is_there_again(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney, supervisor = enter("attorney1"), enter("supervisor1")
    press(attorney, case_id, "claim")
    assert listed(attorney.get("/queue?tab=mine")) == [case_id]
    assert "With you now" in attorney.get("/queue?tab=mine").words
    assert "With Attorney One now" in supervisor.get("/queue").words

    confirm(attorney, case_id)
    assert listed(attorney.get("/queue?tab=mine")) == []
    assert listed(attorney.get("/queue?tab=unassigned")) == []
    office.later(minutes=11)
    reaches(office, case_id, "supervisor_review")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    supervisor.post(form.action, form.filled(answer="return", note="What of 2003?"))

    for address in ("/queue?tab=mine", "/queue?tab=returned", "/queue?tab=returned&whose=mine"):
        assert listed(attorney.get(address)) == [case_id], address
    assert "Back with you" in attorney.get("/queue?tab=returned").words
    assert "Back with Attorney One" in enter("attorney2").get("/queue?tab=returned").words
    assert listed(enter("attorney2").get("/queue?tab=returned")) == [case_id]
    assert listed(enter("attorney2").get("/queue?tab=returned&whose=mine")) == []


def test_the_lane_is_shown_in_no_list_and_filters_for_supervisors_alone(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={})

    for subject in ("attorney1", "auditor1"):
        visitor = enter(subject)
        page = visitor.get("/queue")
        assert "Facts missing" not in page.words
        assert "lane" not in page.text.lower().partition("<main")[2].partition("</main")[0]
        for lane in ("insufficient_facts", "mixed", "nonsense"):
            page = visitor.get(f"/queue?lane={lane}")
            assert listed(page) == []
            assert "A lane, by which supervisors alone filter" in page.words
            assert "/queue" in page.links

    supervisor = enter("supervisor1")
    assert listed(supervisor.get("/queue?lane=insufficient_facts")) == [case_id]
    assert listed(supervisor.get("/queue?lane=mixed")) == []
    assert "Facts missing (1)" in supervisor.get("/queue").words


def test_a_filter_of_another_tab_lists_nothing_and_can_be_removed(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    press(attorney, case_id, "claim")

    for address, without in (
        ("/queue?tab=mine&due=nonsense", "/queue?tab=mine"),
        ("/queue?due=soon", "/queue"),
        ("/queue?tab=mine&whose=mine", "/queue?tab=mine"),
        ("/queue?tab=mine&decided=today", "/queue?tab=mine"),
    ):
        page = attorney.get(address)
        assert listed(page) == [], address
        assert without in page.links, address
        assert listed(attorney.get(without)) == [case_id]
    assert listed(attorney.get("/queue?tab=nonsense")) == []
    assert listed(attorney.get("/queue?tab=overdue")) == []
    assert "/queue?tab=overdue" not in attorney.get("/queue").links


def test_a_row_says_how_far_the_hearing_is_and_when_the_case_is_due(office: Office, enter: Enter) -> None:
    office.receive(1)

    words = enter("attorney1").get("/queue").words

    assert "1 Mar 2012, master calendar " in words
    assert "days ago" in words, "counted from today, where no other day is set"
    assert "in 30 days" in words.partition("Due")[2], "when it will be overdue"


def keep(visitor: Visitor, address: str, name: str, office: str = "", *, status: int = 200) -> Page:
    form = visitor.get(address).form("/queue/views")
    return visitor.post(form.action, form.filled(name=name, office=office), status=status)


def test_a_view_is_kept_shared_with_an_office_and_taken_away(office: Office, enter: Enter) -> None:
    office.receive()
    attorney, colleague, elsewhere = enter("attorney1"), enter("attorney2"), enter("attorney3")
    supervisor = enter("supervisor1")

    page = keep(attorney, "/queue?tab=unassigned&sort=hearing&page=2", "Soonest first")
    keep(attorney, "/queue?tab=returned", "Back <again>", "BAL")

    assert "/queue?tab=unassigned&sort=hearing" in page.links
    assert "Saved views (2)" in attorney.get("/queue").words
    shared = colleague.get("/queue")
    assert "Back <again> by Attorney One, shared with BAL" in shared.words
    assert "Soonest first" not in shared.words
    assert "Back" not in elsewhere.get("/queue").words
    assert not shared.has_form("/remove"), "another's view is theirs to take away"

    keep(attorney, "/queue?tab=mine", "Soonest first")
    assert "Saved views (2)" in attorney.get("/queue").words, "a name that one has is replaced"
    remove = next(form for form in supervisor.get("/queue").forms if form.action.endswith("/remove"))
    token = [(name, value) for name, value in colleague.get("/queue").form("/sign-out").fields]
    colleague.post(remove.action, token)
    assert "Back <again>" in attorney.get("/queue").words
    supervisor.post(remove.action, remove.fields)
    assert "Back <again>" not in attorney.get("/queue").words


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "\u200b"])
def test_a_view_without_a_name_to_show_is_not_kept_and_the_form_says_so(
    office: Office, enter: Enter, name: str
) -> None:
    attorney = enter("attorney1")

    page = keep(attorney, "/queue?tab=mine", name, status=422)

    assert "Give the view a name of at most 60 letters" in page.words
    assert page.form("/queue/views").value("view") == "tab=mine"
    assert "Saved views (" not in attorney.get("/queue").words


def test_a_view_that_means_nothing_for_a_person_is_neither_kept_nor_shown(office: Office, enter: Enter) -> None:
    office.receive()
    attorney, supervisor = enter("attorney1"), enter("supervisor1")

    keep(supervisor, "/queue?lane=mixed", "Mixed", "BAL")
    assert "Mixed" not in attorney.get("/queue").words
    form = attorney.get("/queue").form("/queue/views")
    for view in ("lane=mixed", "tab=nonsense", "office=Ottoline", "office=DEN", "stage=Ottoline"):
        fields = [(name, view if name == "view" else value) for name, value in form.filled(name="Mixed")]
        assert "This view cannot be kept" in attorney.post(form.action, fields, status=422).words, view
    fields = [(name, "DEN" if name == "office" else value) for name, value in form.filled(name="Ours", office="DEN")]
    assert "one of your own offices" in attorney.post(form.action, fields, status=422).words


def test_one_keeps_thirty_views(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    for number in range(30):
        keep(attorney, "/queue?tab=mine", f"View {number}")

    assert "You keep 30 views already" in keep(attorney, "/queue?tab=mine", "One more", status=422).words
    assert "Saved views (30)" in keep(attorney, "/queue?tab=done", "View 7").words
