"""The circuit breaker: closed until a source fails several times in a row, then one ask in each cool-off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secondlook.sources.breaker import Breaker

STEPS = st.lists(st.tuples(st.booleans(), st.floats(0.0, 40.0)), max_size=60)


def test_it_lets_everything_through_until_the_limit() -> None:
    breaker = Breaker(limit=3)
    for _ in range(2):
        breaker = breaker.asked(0.0).failed(0.0)
        assert breaker.lets(0.0) and not breaker.open
    assert not breaker.failed(0.0).lets(0.0)


def test_one_answer_closes_it() -> None:
    breaker = Breaker(limit=1, cool_off=10.0).failed(0.0)
    assert breaker.open
    assert breaker.went_well() == Breaker(limit=1, cool_off=10.0)


def test_after_the_cool_off_one_ask_is_let_through_even_if_its_end_is_never_told() -> None:
    breaker = Breaker(limit=1, cool_off=10.0).failed(0.0)
    assert not breaker.lets(9.9)
    assert breaker.lets(10.0)
    asked = breaker.asked(10.0)
    assert not asked.lets(10.0)
    assert asked.lets(20.0)


@given(STEPS)
def test_while_a_source_is_down_it_is_asked_at_most_once_a_cool_off(steps: list[tuple[bool, float]]) -> None:
    now, breaker = 0.0, Breaker(limit=3, cool_off=10.0)
    last_while_open: float | None = None
    failures = 0
    for well, later in steps:
        now += later
        if not breaker.lets(now):
            assert failures >= 3
            continue
        if breaker.open and last_while_open is not None:
            assert now - last_while_open >= 10.0
        last_while_open = now if breaker.open else None
        breaker = breaker.asked(now)
        failures = 0 if well else failures + 1
        breaker = breaker.went_well() if well else breaker.failed(now)
        if breaker.open:
            last_while_open = now
        assert breaker.open is (failures >= 3)
