"""Ages, days to a hearing and dates inside sentences, as people count and write them."""

from __future__ import annotations

from datetime import date

import pytest

from secondlook.web import words
from secondlook.web.case.counted import age_on, because, days_to
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
    assert "The person was past the 65th birthday on 5 Dec 2011 (66 years old)" in page.words
    assert "1 Mar 2012, master calendar, " in page.words


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "The as-of date (2011-12-05) is not before the birth date (1990-05-05) plus 21 years.",
            "The person was not younger than 21 on 5 Dec 2011 (21 years old).",
        ),
        (
            "The first arrival date (1994-08) is before the birth date (1990) plus 16 years.",
            "The person was younger than 16 at the first arrival, Aug 1994 (3 or 4 years old).",
        ),
        (
            "The as-of date (2011-12-05) is after the first arrival date (1994-08-11) plus 10 years; more.",
            "The first arrival date (11 Aug 1994) was more than 10 years before 5 Dec 2011 (17 years); more.",
        ),
        (
            "Unsure whether the last entry date (2008) plus 3 years is after the as-of date (2011-12-05).",
            "Unsure whether the last entry date (2008) was less than 3 years before 5 Dec 2011 (2 or 3 years).",
        ),
        ("The as-of date (2011-12-05) is after 2010.", "The as-of date (5 Dec 2011) is after 2010."),
    ],
)
def test_formulas_of_dates_are_told_as_ages_and_years(sentence: str, said: str) -> None:
    assert because(sentence) == said
