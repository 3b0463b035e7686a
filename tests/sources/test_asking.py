"""How a source is asked, and what of its answer is let through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import httpx
import orjson
import pytest

from secondlook.sources.asking import SourceFailed, ask, client_of
from secondlook.sources.configured import Source

A_NUMBER, NTA_DATE, TODAY = "A000123456", "2010-05-04", date(2011, 12, 5)
SOURCE = Source(
    name="criminal-records",
    address="https://records.example.org/facts",
    token_from="TOKEN",
    facts=("convictions", "prior_removals"),
    timeout=timedelta(seconds=5),
    a_minute=60,
    at_once=1,
    ask_again=timedelta(minutes=1),
)

Answer = Callable[[httpx.Request], httpx.Response]


async def asked(answer: Answer) -> dict[str, object]:
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(answer), headers=client_of(SOURCE, "the-token").headers
    ) as client:
        return await ask(client, SOURCE, A_NUMBER, NTA_DATE, TODAY)


def answering(content: object, status: int = 200) -> Answer:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return lambda _request: httpx.Response(status, content=body)


async def failure_of(answer: Answer) -> SourceFailed:
    with pytest.raises(SourceFailed) as failed:
        await asked(answer)
    assert failed.value.__cause__ is None and A_NUMBER not in str(failed.value)
    return failed.value


async def test_the_identity_is_in_the_body_and_never_in_the_address() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"facts": {}})

    await asked(answer)
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", SOURCE.address)
    assert request.headers["Authorization"] == "Bearer the-token"
    wanted = {"a_number": A_NUMBER, "nta_date": NTA_DATE, "facts": ["convictions", "prior_removals"]}
    assert orjson.loads(request.content) == wanted


async def test_each_fact_says_which_source_it_is_from_and_when_it_was_seen() -> None:
    given = {"convictions": {"value": [], "source": "elsewhere", "observed_at": "2011-02"}, "prior_removals": 1}
    assert await asked(answering({"facts": given})) == {
        "convictions": {"value": [], "source": "criminal-records", "observed_at": "2011-02"},
        "prior_removals": {"value": 1, "source": "criminal-records", "observed_at": "2011-12-05"},
    }


async def test_a_fact_that_is_left_out_or_unknown_is_unknown() -> None:
    answer = await asked(answering({"facts": {"convictions": {"unknown": "redacted"}}}))
    assert answer == {
        "convictions": {"unknown": "redacted", "source": "criminal-records"},
        "prior_removals": {"unknown": "no_source"},
    }


async def test_a_source_takes_back_what_it_said_itself_and_nothing_of_others() -> None:
    answer = await asked(answering({"facts": {"convictions": {"unknown": "retracted", "source": "a-file"}}}))
    assert answer["convictions"] == {"unknown": "retracted", "source": "criminal-records"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html>", "answer_invalid"),
        ([], "answer_invalid"),
        ({"facts": {"prior_removals": "many"}}, "answer_invalid"),
        ({"facts": {"shoe_size": 43}}, "answer_invalid"),
        ({"facts": {}, "a_number": A_NUMBER}, "answer_invalid"),
        (b'{"facts": {"prior_removals": 0, "prior_removals": 1}}', "answer_invalid"),
        ({"facts": {"victim_of": []}}, "answer_not_asked_for"),
        (b" " * 300_000, "answer_too_large"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_refused_whole(content: object, code: str) -> None:
    failure = await failure_of(answering(content))
    assert (failure.code, failure.passing) == (code, False)


@pytest.mark.parametrize(
    ("status", "passing"), [(500, True), (503, True), (429, True), (401, False), (404, False), (302, False)]
)
async def test_a_status_says_whether_another_try_may_help(status: int, passing: bool) -> None:
    failure = await failure_of(answering({"facts": {}}, status))
    assert (failure.code, failure.passing) == (f"status {status}", passing)


async def test_silence_is_worth_another_try() -> None:
    def hangs(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(f"reading about {A_NUMBER}", request=request)

    def refuses(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"connecting about {A_NUMBER}", request=request)

    assert (await failure_of(hangs)).code == "timeout"
    assert (await failure_of(refuses)).code == "unreachable (ConnectError)"


def test_a_redirect_is_not_followed_with_the_token() -> None:
    assert client_of(SOURCE, "the-token").follow_redirects is False
