"""The scaler's promises: never below the least, up fast, down slowly, still where it cannot see or cannot help."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.scaling import (
    CALM_SECONDS,
    EVENTS_A_WORKER,
    OLD_SECONDS,
    SETTLE_SECONDS,
    STEP_SECONDS,
    TRY_AGAIN_SECONDS,
    Bounds,
    Decision,
    Direction,
    Load,
    Memory,
    Reason,
    decide,
)

LOOK = 10.0
IDLE = Load(0, 0.0, 0.0, 0.0)
SILENCES = [Reason.TEMPORAL_SILENT, Reason.RECORD_SILENT]


def swamped(rate: float, places_used: float | None = 1.0) -> Load:
    return Load(1_000_000, 30.0, rate, places_used)


@dataclass
class Host:
    """A host that does what is decided, ten seconds a look."""

    bounds: Bounds
    workers: int
    at: float = 0.0
    memory: Memory = field(default_factory=Memory)

    def look(self, seen: Load | Reason, *, after: float = LOOK) -> Decision:
        self.at += after
        decision = decide(self.bounds, self.workers, seen, self.at, self.memory)
        self.workers, self.memory = decision.workers, decision.memory
        return decision


loads = st.builds(
    Load,
    backlog=st.one_of(st.just(0), st.integers(0, 200_000)),
    oldest_seconds=st.floats(0, 5000),
    drained_per_second=st.floats(0, 1000),
    places_used=st.none() | st.floats(0, 1),
)
seen = loads | st.sampled_from(SILENCES)
looks = st.lists(st.tuples(seen, st.floats(0.1, 400)), max_size=60)


@st.composite
def hosts(draw: st.DrawFn) -> Host:
    least = draw(st.integers(1, 8))
    most = draw(st.integers(least, 16))
    return Host(Bounds(least, most), draw(st.integers(least, most)))


@given(hosts(), looks)
def test_never_below_the_least_nor_above_the_most(host: Host, looks: list[tuple[Load | Reason, float]]) -> None:
    for what, after in looks:
        host.look(what, after=after)
        assert host.bounds.least <= host.workers <= host.bounds.most


@given(hosts(), looks)
def test_what_is_said_is_what_is_done(host: Host, looks: list[tuple[Load | Reason, float]]) -> None:
    for what, after in looks:
        before = host.workers
        decision = host.look(what, after=after)
        moved = decision.workers - before
        assert (moved > 0, moved < 0) == (decision.direction is Direction.UP, decision.direction is Direction.DOWN)


@given(hosts(), looks, st.sampled_from(SILENCES))
def test_holds_still_while_temporal_or_the_record_does_not_answer(
    host: Host, looks: list[tuple[Load | Reason, float]], silence: Reason
) -> None:
    for what, after in looks:
        host.look(what, after=after)
    for _ in range(100):
        before = host.workers
        decision = host.look(silence)
        assert (decision.workers, decision.direction, decision.reason) == (before, Direction.HOLD, silence)


@given(hosts(), looks)
def test_down_one_at_a_time_and_only_after_a_long_calm(host: Host, looks: list[tuple[Load | Reason, float]]) -> None:
    calm_since: float | None = None
    went_down = -CALM_SECONDS
    for what, after in looks:
        before = host.workers
        decision = host.look(what, after=after)
        if decision.direction is Direction.DOWN:
            assert before - decision.workers == 1
            assert calm_since is not None
            assert host.at - calm_since >= CALM_SECONDS
            assert host.at - went_down >= STEP_SECONDS - 1e-6
            went_down = host.at
        elif decision.reason is not Reason.NOT_CALM_YET:
            calm_since = None
        elif calm_since is None:
            calm_since = host.at


@given(hosts())
def test_up_fast_where_more_workers_help(host: Host) -> None:
    doublings = 0
    while host.workers * 2**doublings < host.bounds.most:
        doublings += 1
    limit = host.at + LOOK + doublings * (SETTLE_SECONDS + LOOK)
    while host.workers < host.bounds.most:
        host.look(swamped(rate=30.0 * host.workers))
        assert host.at <= limit
    assert host.look(swamped(30.0 * host.workers)).reason is Reason.AT_MOST


@given(hosts(), looks)
def test_never_more_than_doubles_at_once(host: Host, looks: list[tuple[Load | Reason, float]]) -> None:
    for what, after in looks:
        before = host.workers
        host.look(what, after=after)
        assert host.workers <= before * 2


@given(st.floats(0, 500), st.integers(1, 4))
def test_holds_still_when_a_first_raise_brought_nothing(rate: float, least: int) -> None:
    host = Host(Bounds(least, 16), least)
    assert host.look(swamped(rate)).direction is Direction.UP
    raised = host.workers
    begun = host.at
    reasons = set()
    while host.at < begun + TRY_AGAIN_SECONDS - LOOK:
        reasons.add(host.look(swamped(rate)).reason)
        assert host.workers == raised
    assert reasons == {Reason.SETTLING, Reason.NO_GAIN}
    host.look(swamped(rate), after=2 * LOOK)
    assert host.workers > raised


@given(hosts(), st.floats(0, 0.49), st.floats(0, 10_000))
def test_holds_still_while_workers_have_free_places(host: Host, places_used: float, oldest: float) -> None:
    before = host.workers
    decision = host.look(Load(1_000_000, oldest, 0.0, places_used))
    assert decision.workers == before
    assert decision.reason in {Reason.PLACES_FREE, Reason.AT_MOST}


@given(looks, loads)
def test_a_fixed_number_stays_fixed(looks: list[tuple[Load | Reason, float]], what: Load) -> None:
    host = Host(Bounds(3, 3), 3)
    for each, after in looks:
        assert host.look(each, after=after).direction is Direction.HOLD


def test_as_many_as_the_backlog_asks_for_and_no_more() -> None:
    host = Host(Bounds(1, 8), 2)
    assert host.look(Load(3 * EVENTS_A_WORKER, 5.0, 60.0, 1.0)).workers == 3
    assert host.look(Load(3 * EVENTS_A_WORKER, 5.0, 60.0, 1.0)).reason is Reason.ENOUGH


def test_one_old_event_among_busy_workers_asks_for_one_worker_more() -> None:
    decision = Host(Bounds(1, 8), 2).look(Load(10, OLD_SECONDS + 1, 1.0, None))
    assert (decision.workers, decision.reason) == (3, Reason.AGE)


def test_full_workers_are_not_stopped_though_the_backlog_is_small() -> None:
    host = Host(Bounds(1, 8), 4)
    for _ in range(100):
        assert host.look(Load(100, 1.0, 200.0, 0.9)).direction is Direction.HOLD


def test_returns_to_the_least_when_all_is_done() -> None:
    host = Host(Bounds(1, 4), 4)
    while host.workers > 1:
        host.look(IDLE)
    assert host.at == pytest.approx(LOOK + CALM_SECONDS + 2 * STEP_SECONDS)
    assert host.look(IDLE).reason is Reason.ENOUGH


def test_work_in_between_starts_the_calm_again() -> None:
    host = Host(Bounds(1, 4), 2)
    for _ in range(29):
        assert host.look(IDLE).reason is Reason.NOT_CALM_YET
    assert host.look(Load(2 * EVENTS_A_WORKER, 1.0, 60.0, 1.0)).reason is Reason.ENOUGH
    for _ in range(30):
        assert host.look(IDLE).reason is Reason.NOT_CALM_YET
    assert host.look(IDLE).reason is Reason.CALM


@pytest.mark.parametrize(
    ("text", "cores", "least", "most"),
    [("auto", 1, 1, 2), ("auto", 8, 1, 8), ("auto", 300, 1, 64), ("4", 2, 4, 4), ("2-6", 2, 2, 6)],
)
def test_bounds_as_they_are_written(text: str, cores: int, least: int, most: int) -> None:
    assert Bounds.parse(text, cores) == Bounds(least, most)


@pytest.mark.parametrize("text", ["", "0", "-1", "65", "6-2", "0-4", "1-100", "many", "2-", "2.5"])
def test_other_bounds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="range such as 2-6"):
        Bounds.parse(text, 4)
