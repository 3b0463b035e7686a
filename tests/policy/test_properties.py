"""What must hold of every case: knowing more never contradicts, nothing missing makes a lane, order is nothing."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from secondlook.policy import screen
from secondlook.policy.vocabulary import FACTS, Fact, Kind, Shape, Value

from .cases import AS_OF, OPLA

DAYS = st.one_of(
    st.dates(date(1930, 1, 1), date(2013, 12, 31)),
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


COMPLETE = st.fixed_dictionaries({name: facts_of(fact) for name, fact in FACTS.items()})
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

    def answers(case):
        screening = screen(case, OPLA, AS_OF)
        return screening.lane, screening.open_questions, [(c.id, c.result, c.missing) for c in screening.criteria]

    assert answers(turned) == answers(facts)


@given(st.data())
def test_what_the_abuser_alone_told_supports_no_adverse_result(data):
    complete = data.draw(COMPLETE)
    told = {name: {"value": value, "provided_by": ["abuser"]} for name, value in complete.items()}

    screening = screen(told, OPLA, AS_OF)
    lists = {criterion.id: criterion.list for criterion in OPLA.criteria}

    assert {c.result for c in screening.criteria if lists[c.id] == "A"} == {"unknown"}
    assert "false" not in {c.result for c in screening.criteria}


@given(COMPLETE)
def test_facts_that_screening_must_never_read_change_nothing(facts):
    more = {**facts, "nationality": "MX", "language": "SP", "sex": "F"}
    assert screen(more, OPLA, AS_OF) == screen(facts, OPLA, AS_OF)
