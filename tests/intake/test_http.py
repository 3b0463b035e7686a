"""``POST /events``: every status of INTERFACES section 5, and no answer that repeats what came in."""

import json
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from fastapi import FastAPI

from secondlook.cases.events import Acceptance, Busy, IncomingEvent, Unavailable
from secondlook.intake import http
from tests.cases.documents import CANARY, facts_updated, full_case, received

TOKEN = "a-token-for-tests"
STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}


class Inbox:
    """An inbox in memory, as strict as the real one about same ids and unknown cases."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], IncomingEvent] = {}
        self.trouble: Exception | None = None
        self.calls = 0

    async def accept(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        self.calls += 1
        if self.trouble:
            raise self.trouble
        return [self._take(event) for event in events]

    def _take(self, event: IncomingEvent) -> Acceptance:
        known = self.stored.get((event.source, event.id))
        if known:
            return Acceptance("duplicate" if known.content == event.content else "conflict", "e_1", "c_1")
        if event.type.short == "facts-updated" and event.case not in {each.case for each in self.stored.values()}:
            return Acceptance("unknown_case", None, None)
        self.stored[event.source, event.id] = event
        return Acceptance("accepted", "e_1", "c_1")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def door(inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(http.router(inbox.accept, TOKEN))
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door", headers=headers) as client:
        yield client


async def send(
    door: httpx.AsyncClient, document: object, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, object]]:
    """Post a document, or bytes as they are; every error must be problem details without what came in."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = await door.post("/events", content=body, headers=headers or STRUCTURED)
    assert CANARY not in answer.text
    found = answer.json()
    if answer.status_code != 202:
        assert answer.headers["content-type"] == "application/problem+json"
        assert found["status"] == answer.status_code
        assert {"type", "title", "detail"} <= set(found)
    return answer.status_code, found


async def test_a_structured_event_is_accepted_once_and_then_known(door: httpx.AsyncClient, inbox: Inbox) -> None:
    assert await send(door, received()) == (202, {"accepted": 1, "duplicate": 0, "refused": []})
    again = received(time="2012-01-01T00:00:00Z", traceid="new")
    assert await send(door, again) == (202, {"accepted": 0, "duplicate": 1, "refused": []})
    assert len(inbox.stored) == 1


async def test_a_binary_event_is_the_same_event_as_its_structured_form(door: httpx.AsyncClient) -> None:
    await send(door, received(subject="Fall Ä 1"))
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "urn:example:intake",
        "ce-type": "secondlook.case.received.v1",
        "ce-subject": "Fall%20%C3%84%201",
    }
    assert await send(door, full_case(), headers) == (202, {"accepted": 0, "duplicate": 1, "refused": []})


async def test_the_good_events_of_a_batch_are_accepted_though_others_are_refused(door: httpx.AsyncClient) -> None:
    batch = [
        received(data={**full_case(), "office": CANARY}),
        received(),
        received(),
        received(subject="other"),
        facts_updated(),
        CANARY,
        received(id="3"),
    ]
    status, answer = await send(door, batch, BATCH)
    assert status == 202
    assert (answer["accepted"], answer["duplicate"]) == (2, 1)
    assert answer["refused"] == [
        {
            "index": 0,
            "reason": "invalid",
            "problems": [
                {"place": "data.office", "problem": "must be an office code of 2 to 5 capital letters or digits"}
            ],
        },
        {"index": 3, "reason": "conflict"},
        {"index": 4, "reason": "unknown_case"},
        {"index": 5, "reason": "invalid", "problems": [{"place": "(document)", "problem": "must be an object"}]},
    ]


async def test_an_empty_batch_has_nothing_to_refuse(door: httpx.AsyncClient, inbox: Inbox) -> None:
    assert await send(door, [], BATCH) == (202, {"accepted": 0, "duplicate": 0, "refused": []})
    assert inbox.calls == 0


async def test_the_same_id_with_other_content_is_a_conflict(door: httpx.AsyncClient) -> None:
    await send(door, received())
    assert (await send(door, received(subject="other")))[0] == 409
    assert (await send(door, [received(subject="other")], BATCH))[0] == 422


@pytest.mark.parametrize(
    "document",
    [facts_updated(), received(type=CANARY), received(data={**full_case(), CANARY: CANARY}), [CANARY], {}],
)
async def test_nothing_acceptable_is_422_with_the_reasons(door: httpx.AsyncClient, document: object) -> None:
    status, answer = await send(door, document)
    assert status == 422
    assert answer["refused"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"%b": NaN}' % CANARY.encode(), b"[" * 100_000, b"\xff"])
async def test_malformed_json_is_400(door: httpx.AsyncClient, body: bytes) -> None:
    assert (await send(door, body))[0] == 400
    assert (await send(door, body, BATCH))[0] == 400


async def test_a_batch_that_is_no_array_and_a_body_without_ce_headers_are_400(door: httpx.AsyncClient) -> None:
    assert (await send(door, received(), BATCH))[0] == 400
    assert (await send(door, received(), {"content-type": "application/json"}))[0] == 400


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN, "Bearer \xe9"],
)
async def test_without_the_token_nothing_is_read(
    door: httpx.AsyncClient, inbox: Inbox, authorization: str | None
) -> None:
    del door.headers["authorization"]
    headers = {**STRUCTURED, **({"authorization": authorization} if authorization is not None else {})}
    encoded = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = await door.post("/events", content=b"{", headers=encoded)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert inbox.calls == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/cloudevents+avro"},
        {**STRUCTURED, "content-encoding": "gzip"},
    ],
)
async def test_other_media_types_and_encodings_are_415(door: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await send(door, received(), headers))[0] == 415


async def test_too_large_is_413_before_it_is_read(door: httpx.AsyncClient, inbox: Inbox) -> None:
    assert (await send(door, b" " * (256 * 1024 + 1)))[0] == 413
    assert (await send(door, json.dumps([{}] * 10_001).encode(), BATCH))[0] == 413
    assert inbox.calls == 0


async def test_an_endless_body_is_cut_off_at_the_limit(door: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    answer = await door.post("/events", content=endless(), headers=STRUCTURED)
    assert answer.status_code == 413
    assert sent < 1024 * 1024


async def test_a_busy_inbox_says_when_to_come_again(door: httpx.AsyncClient, inbox: Inbox) -> None:
    inbox.trouble = Busy(7)
    answer = await door.post("/events", content=json.dumps(received()), headers=STRUCTURED)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert (await send(door, received()))[1]["title"] == "Too Many Requests"


async def test_an_unreachable_record_is_503(door: httpx.AsyncClient, inbox: Inbox) -> None:
    inbox.trouble = Unavailable()
    assert (await send(door, received()))[0] == 503


async def test_no_event_that_a_person_alone_may_send_comes_in(door: httpx.AsyncClient, inbox: Inbox) -> None:
    review = {
        "case": "c_1",
        "action": "close",
        "reasons": ["x"],
        "rationale": CANARY,
        "findings": {},
        "case_version": 1,
    }
    assert (await send(door, received(type="secondlook.case.reviewed.v1", data=review)))[0] == 422
    assert inbox.calls == 0


def test_a_door_without_a_token_is_never_opened(inbox: Inbox) -> None:
    with pytest.raises(ValueError, match="token"):
        http.router(inbox.accept, "")


async def test_the_description_names_every_media_type_and_status(door: httpx.AsyncClient) -> None:
    post = (await door.get("/openapi.json")).json()["paths"]["/events"]["post"]
    assert set(post["requestBody"]["content"]) == {
        STRUCTURED["content-type"],
        BATCH["content-type"],
        "application/json",
    }
    assert {"202", "400", "401", "409", "413", "415", "422", "429", "503"} <= set(post["responses"])
    assert post["security"]
