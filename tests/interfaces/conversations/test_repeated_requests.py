"""A request that is sent again under the same key joins the first one."""

import asyncio

import pytest
from tests.application.conversations.chatting import BOB
from tests.fakes.inference.scripts import WHOLE as END
from tests.interfaces.conversations.chat_app import WHOLE, ChatApp, events_of
from tests.interfaces.conversations.kept_calls import BOTH, refused, sent

pytestmark = pytest.mark.anyio


@BOTH
class TestTheSameKey:
    async def test_gets_the_same_bytes_from_one_generation(self, path: str) -> None:
        app = ChatApp("Hel", 1.0, "lo", END)
        first = sent(app, path, key="k1")
        await asyncio.sleep(0.5)
        second = sent(app, path, key="k1", name="my-request-2")
        await asyncio.gather(first.ended(), second.ended())
        third = await sent(app, path, key="k1", name="my-request-3").ended()

        assert first.body == second.body == third.body
        assert len(app.chat.questions) == 1
        assert second.headers["x-ollamanet-replica"] == "scripted:11434"

    async def test_survives_its_first_client(self, path: str) -> None:
        app = ChatApp("Hel", 1.0, "lo", END)
        first = sent(app, path, key="k1")
        await asyncio.sleep(0.5)
        first.leave()
        await first.task
        second = await sent(app, path, key="k1").ended()

        assert b"lo" in second.body
        assert len(app.chat.questions) == 1

    async def test_with_another_body_is_a_conflict(self, path: str) -> None:
        app = ChatApp("Hel", END)
        await sent(app, path, key="k1").ended()
        await refused(sent(app, path, key="k1", message="Ho"), 409, "conflict")

    async def test_of_somebody_else_is_another_one(self, path: str) -> None:
        app = ChatApp("Hel", END)
        await sent(app, path, key="k1").ended()
        await sent(app, path, key="k1", user="bob", message="Ho").ended()
        assert [question.text for question in app.chat.questions] == ["Hi", "Ho"]

    async def test_after_a_refusal_asks_again(self, path: str) -> None:
        app = ChatApp("Hel", END, slots=1, depth=0)
        place = app.chat.take_slot(BOB)
        await refused(sent(app, path, key="k1"), 503, "queue_full")
        place.leave()
        assert (await sent(app, path, key="k1").ended()).status == 200

    @pytest.mark.parametrize("key", ["a" * 256, "two words", "caf\u00e9", "tab\t", " "])
    async def test_must_be_a_key(self, path: str, key: str) -> None:
        exchange = await refused(sent(ChatApp(), path, key=key), 400, "invalid_request")
        assert "Idempotency-Key" in exchange.json["detail"]


async def test_the_same_key_joins_whole_what_was_begun_as_a_stream() -> None:
    app = ChatApp("Hel", 1.0, "lo", END)
    stream = sent(app, key="k1")
    await asyncio.sleep(0.5)
    answer = (await sent(app, WHOLE, key="k1", name="my-request-2").ended()).json

    accepted, *_, done = events_of(await stream.ended())
    assert (answer["text"], answer["request_id"]) == ("Hello", accepted.data["request_id"])
    assert answer["assistant_message_id"] == done.data["assistant_message_id"]
