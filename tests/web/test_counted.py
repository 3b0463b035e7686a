"""Ages, days to a hearing and dates inside sentences, as people count and write them."""

from __future__ import annotations

from datetime import date

import pytest

from secondlook.web import words
from secondlook.web.case.counted import age_on, days_to
from tests.web.conftest import Enter
from tests.web.office import Office

DAY = date(2011, 12, 5)


@pytest.mark.parametrize(
    ("birth", "said"),
    [
        ("1945-02", "66 years old on 5 Dec 2011"),
        ("1945-12", "65 or 66 years old on 5 Dec 2011"),
        ("1945", "65 or 66 years old on 5 Dec 2011"),
        ("1978-12-05", "33 years old on 5 Dec 2011"),
        ("1978-12-06", "32 years old on 5 Dec 2011"),
        ("2012-01-01", ""),
        ("2011", "0 years old on 5 Dec 2011"),
        ("1899-02-30", ""),
        ("soon", ""),
    ],
)
def test_an_age_is_said_as_far_as_the_date_of_birth_goes(birth: str, said: str) -> None:
    assert age_on(birth, DAY) == said


def test_days_to_a_hearing() -> None:
    assert [days_to(each, DAY) for each in ("2011-12-06", "2012-03-01", "2011-12-05", "2011-12-03", "2012-03")] == [
        *("in 1 day", "in 87 days", "today", "2 days ago", ""),
    ]


def test_dates_within_a_sentence_read_as_elsewhere() -> None:
    said = words.with_days(
        "The as-of date (2011-12-05) is after the birth date (1945-02); OPLA-2011-11-17, 1000-20-30."
    )

    assert said == "The as-of date (5 Dec 2011) is after the birth date (Feb 1945); OPLA-2011-11-17, 1000-20-30."


def test_the_cases_page_counts_for_its_reader(office: Office, enter: Enter) -> None:
    page = enter("attorney1").get(f"/cases/{office.receive()}")

    assert "Feb 1945 66 years old on 5 Dec 2011" in page.words or "Feb 194566 years old on 5 Dec 2011" in page.words
    assert "birth date (Feb 1945) plus 65 years" in page.words
    assert "1 Mar 2012, master calendar, " in page.words
