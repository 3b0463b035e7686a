"""The facts of a case in words: what stands, where it comes from, and what an abuser says beside it."""

from secondlook.cases.kept_facts import kept_facts
from secondlook.web import words
from secondlook.web.case.facts import known, unknown

ABUSERS = {"value": True, "provided_by": "abuser", "source": "hotline"}


def test_the_abusers_word_is_a_line_of_its_own_beside_somebody_elses() -> None:
    agencys, abusers = known(kept_facts({"gang_member": {"value": False, "source": "a-file", "abuser_said": ABUSERS}}))
    assert (agencys.lines, agencys.source) == (("No",), "a-file")
    assert abusers.lines == ("Yes",)
    assert "cannot alone support an adverse finding" in abusers.source


def test_the_abusers_word_is_shown_beside_a_conflict_of_the_others() -> None:
    facts = kept_facts({"gang_member": {"unknown": "conflicting", "abuser_said": ABUSERS}})
    assert [line.lines for line in known(facts)] == [("Yes",)]
    assert "sources conflict" in [each.because for each in unknown(facts, frozenset(), words.FACTS)]


def test_what_was_put_together_names_each_who_told_it_and_when() -> None:
    told = [
        {"value": {"enrolled": True}, "source": "school", "observed_at": "2011-05"},
        {"value": {"high_school_completed": True}, "source": "person", "provided_by": "respondent"},
    ]
    both = {"value": {"enrolled": True, "high_school_completed": True}, "observations": told}
    (line,) = known(kept_facts({"education": both}))
    assert line.lines == ("Enrolled: Yes", "High school completed: Yes")
    assert line.source == "school; person; provided by the respondent"
    assert line.observed == "May 2011"


def test_an_impossible_date_is_shown_as_it_was_sent() -> None:
    (line,) = known(kept_facts({"birth_date": "1899-12-30"}))
    assert line.lines == ("30 Dec 1899",)
