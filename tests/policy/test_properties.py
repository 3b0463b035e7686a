"""What must hold of every case: knowing more never contradicts, nothing missing makes a lane, order is nothing."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from secondlook.cases.fact_kinds import Fact, Kind, Shape, Value
from secondlook.cases.fact_table import FACTS
from secondlook.cases.merging import Told, merge
from secondlook.policy import screen

from .cases import AS_OF, OPLA

DAYS = st.one_of(
    st.dates(date(1930, 1, 1), AS_OF),
    # Around the anniversaries that decide.
    st.builds(
        lambda years, shift: date.fromordinal(date(2011 - years, 12, 5).toordinal() + shift),
        st.sampled_from([3, 5, 10, 16, 21, 65]),
        st.integers(-1, 1),
    ),
    st.sampled_from([date(1944, 2, 29), date(1952, 2, 29), date(1992, 2, 29), date(2008, 2, 29)]),
).map(date.isoformat)


def values_of(value: Value) -> st.SearchStrategy[object]:
    if value.kind is Kind.DATE:
        return st.one_of(DAYS, st.none()) if value.nullable else DAYS
    if value.kind is Kind.FLAG:
        return st.booleans()
    return st.integers(0, 2) if value.kind is Kind.WHOLE else st.sampled_from(sorted(value.words))


def facts_of(fact: Fact) -> st.SearchStrategy[object]:
    if fact.value is not None:
        return values_of(fact.value)
    whole = st.fixed_dictionaries({part: values_of(value) for part, value in fact.parts.items()})
    if fact.shape is Shape.RECORD:
        return whole
    return st.lists(whole.map(lambda item: item["word"]) if fact.bare else whole, max_size=3)


DATES = sorted(name for name, fact in FACTS.items() if fact.value is not None and fact.value.kind is Kind.DATE)


def born_first(facts: dict[str, object]) -> dict[str, object]:
    """The same facts with the earliest date as the birth date, so that none is impossible."""
    earliest = min((facts[name], name) for name in DATES if facts[name] is not None)[1]
    return {**facts, "birth_date": facts[earliest], earliest: facts["birth_date"]}


COMPLETE = st.fixed_dictionaries({name: facts_of(fact) for name, fact in FACTS.items()}).map(born_first)
LOSABLE = {"grade", "offense", "date", "citizenship", "military_service", "relation"}


@st.composite
def less_known(draw: st.DrawFn, facts: dict[str, object]) -> dict[str, object]:
    """The same case with less known of it."""
    less: dict[str, object] = {}
    for name, value in facts.items():
        loss = draw(st.sampled_from(["none", "none", "absent", "unknown", "partial", "part", "abuser"]))
        if loss == "unknown":
            less[name] = {"unknown": "redacted"}
        elif loss == "partial":
            some = [item for item in value if draw(st.booleans())] if isinstance(value, list) else value
            less[name] = {"value": some, "coverage": "partial"}
        elif loss == "part" and isinstance(value, str) and FACTS[name].value.kind is Kind.DATE:
            less[name] = value[: draw(st.sampled_from([4, 7]))]
        elif loss == "part" and isinstance(value, dict):
            less[name] = {part: known for part, known in value.items() if draw(st.booleans())}
        elif loss == "part" and isinstance(value, list) and not FACTS[name].bare:
            less[name] = [
                {part: known for part, known in item.items() if part not in LOSABLE or draw(st.booleans())}
                for item in value
            ]
        elif loss == "abuser":
            # Whatever the list B criteria take from it, they take in the person's favour: the value is the true one.
            less[name] = {"value": value, "provided_by": "abuser"}
        elif loss != "absent":
            less[name] = value
    return less


@given(st.data())
def test_knowing_more_never_turns_a_known_result_into_another_and_never_moves_a_lane(data):
    complete = data.draw(COMPLETE)
    less = data.draw(less_known(complete))
    before, after = screen(less, OPLA, AS_OF), screen(complete, OPLA, AS_OF)

    for then, now in zip(before.criteria, after.criteria, strict=True):
        if then.result != "unknown":
            assert now.result == then.result, then.id
    assert after.lane in before.possible_lanes
    assert len(after.possible_lanes) == 1


@given(st.data())
def test_what_is_missing_is_what_could_be_asked(data):
    less = data.draw(COMPLETE.flatmap(less_known))
    screening = screen(less, OPLA, AS_OF)
    kinds = {criterion.id: criterion.kind for criterion in OPLA.criteria}

    for criterion in screening.criteria:
        asks = criterion.result == "unknown" and kinds[criterion.id] != "judge"
        assert bool(criterion.missing) is asks
        assert list(criterion.missing) == sorted(set(criterion.missing) & set(FACTS))
    assert (screening.lane == "insufficient_facts") is (len(screening.possible_lanes) > 1)
    assert bool(screening.open_questions) is (len(screening.possible_lanes) > 1)
    assert set(screening.open_questions) <= {fact for c in screening.criteria for fact in c.missing}


@given(st.data())
def test_neither_the_order_of_facts_nor_of_list_elements_matters(data):
    facts = data.draw(COMPLETE.flatmap(less_known))
    turned = {name: facts[name] for name in data.draw(st.permutations(sorted(facts)))}
    for name in ("convictions", "relatives", "victim_of"):
        if isinstance(turned.get(name), list):
            turned[name] = data.draw(st.permutations(turned[name]))

    assert answers(turned) == answers(facts)


@given(st.data())
def test_what_the_abuser_alone_told_supports_no_adverse_result(data):
    complete = data.draw(COMPLETE)
    told = {name: {"value": value, "provided_by": ["abuser"]} for name, value in complete.items()}

    screening = screen(told, OPLA, AS_OF)
    lists = {criterion.id: criterion.list for criterion in OPLA.criteria}

    assert {c.result for c in screening.criteria if lists[c.id] == "A"} == {"unknown"}
    assert "false" not in {c.result for c in screening.criteria}


def answers(facts):
    screening = screen(facts, OPLA, AS_OF)
    return (
        screening.lane,
        screening.possible_lanes,
        screening.open_questions,
        [(criterion.id, criterion.result, criterion.missing) for criterion in screening.criteria],
    )


IMPOSSIBLE = st.sampled_from(["9999-12-31", "9999", "2012", "2011-12-06", "1901-12-04", "1899-12-30", "0001-01-01"])


@given(COMPLETE, st.dictionaries(st.sampled_from(DATES), IMPOSSIBLE, min_size=1), st.booleans())
def test_an_impossible_date_is_answered_like_an_absent_one_and_says_why(facts, impossible, by_abuser):
    told = {n: {"value": day, "provided_by": "abuser"} if by_abuser else day for n, day in impossible.items()}
    known = {name: value for name, value in facts.items() if name not in impossible}

    assert answers({**known, **told}) == answers(known)
    for criterion in screen({**known, **impossible}, OPLA, AS_OF).criteria:
        for name in set(criterion.missing) & set(impossible):
            assert f"{FACTS[name].label} ({impossible[name]})" in criterion.because
            assert "cannot be" in criterion.because


@given(COMPLETE, COMPLETE, st.sets(st.sampled_from(sorted(FACTS))))
def test_beside_somebody_elses_word_the_abusers_only_ever_helps(facts, said, beside):
    both = {
        name: {"value": value, "abuser_said": {"value": said[name], "provided_by": "abuser"}}
        if name in beside
        else value
        for name, value in facts.items()
    }
    alone, together = screen(facts, OPLA, AS_OF), screen(both, OPLA, AS_OF)
    other = screen({name: said[name] if name in beside else facts[name] for name in facts}, OPLA, AS_OF)
    lists = {criterion.id: criterion.list for criterion in OPLA.criteria if criterion.kind != "judge"}

    for without, with_both, instead in zip(alone.criteria, together.criteria, other.criteria, strict=True):
        helped = lists.get(without.id) == "B" and "true" in (without.result, instead.result)
        if helped or with_both.result != "true":
            assert with_both.result == ("true" if helped else without.result)
        assert with_both.missing == (() if with_both.result == "true" else without.missing)
        assert lists.get(without.id) == "B" or with_both.result == without.result


@given(COMPLETE)
def test_facts_that_screening_must_never_read_change_nothing(facts):
    more = {**facts, "nationality": "MX", "language": "SP", "sex": "F"}
    assert screen(more, OPLA, AS_OF) == screen(facts, OPLA, AS_OF)


NOON = datetime(2011, 12, 5, 12, tzinfo=UTC)


@given(COMPLETE, COMPLETE, st.data())
def test_merged_in_any_order_the_abusers_word_hurts_no_list_and_loses_nobody_elses(facts, said, data):
    told = [
        Told(0, NOON, {"facts": facts}),
        Told(1, NOON, {"facts": {name: {"value": value, "provided_by": "abuser"} for name, value in said.items()}}),
    ]
    merged = screen(merge(data.draw(st.permutations(told))).facts, OPLA, AS_OF)
    alone = screen(facts, OPLA, AS_OF)
    lists = {criterion.id: criterion.list for criterion in OPLA.criteria}

    for both, without in zip(merged.criteria, alone.criteria, strict=True):
        assert both.result in (without.result, "true" if lists[both.id] == "B" else without.result)


@given(COMPLETE, COMPLETE)
def test_a_release_that_does_not_know_the_abusers_place_reads_what_the_others_said(facts, said):
    told = [
        Told(0, NOON, {"facts": {name: {"value": value, "provided_by": "abuser"} for name, value in said.items()}}),
        Told(1, NOON, {"facts": facts}),
    ]
    older = {
        name: {key: each for key, each in fact.items() if key not in ("abuser_said", "observations")}
        for name, fact in merge(told).facts.items()
    }
    assert answers(older) == answers(facts)
