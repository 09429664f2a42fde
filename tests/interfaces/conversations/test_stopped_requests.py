"""A chat that its owner stops over HTTP, whatever it is doing."""

import asyncio
from typing import Any

import pytest
from tests.application.conversations.chatting import BOB
from tests.fakes.inference.scripts import WHOLE as END
from tests.interfaces.conversations.chat_app import WHOLE, ChatApp, events_of
from tests.interfaces.conversations.kept_calls import BOTH, NAME, NOTHING, names, refused, sent

pytestmark = pytest.mark.anyio


@BOTH
@pytest.mark.parametrize("more", [{}, {"resumable": True}], ids=["ordinary", "resumable"])
class TestStopped:
    @pytest.mark.parametrize(("moment", "text"), [(0.5, ""), (1.5, ""), (2.5, "Hel")], ids=["queued", "loading", "on"])
    async def test_frees_its_place_at_once_and_ends_well(self, path: str, more: Any, moment: float, text: str) -> None:
        app = ChatApp(1.0, "Hel", 60.0, END, slots=1)
        place = app.chat.take_slot(BOB)
        asyncio.get_running_loop().call_later(1.0, place.leave)
        call = sent(app, path, **more)
        await asyncio.sleep(moment)
        stopped = await app.delete(f"{WHOLE}/{NAME}")
        place.leave()

        assert (stopped.status, stopped.body) == (204, b"")
        assert app.chat.in_use == NOTHING
        (answer,) = app.chat.answers
        assert (answer.text, answer.outcome and answer.outcome.reason) == (text, "cancelled")
        await call.ended()
        end = call.json if path == WHOLE else events_of(call)[-1].data
        assert (end["done_reason"], end["assistant_message_id"]) == ("cancelled", str(answer.id))
        assert (await app.delete(f"{WHOLE}/{NAME}")).status == 204

    async def test_only_by_its_owner(self, path: str, more: Any) -> None:
        app = ChatApp("Hel", 5.0, END)
        call = sent(app, path, **more)
        await asyncio.sleep(1)
        for exchange in (await app.delete(f"{WHOLE}/{NAME}", user="bob"), await app.delete(f"{WHOLE}/another-name")):
            assert (exchange.status, exchange.json["code"]) == (404, "not_found")
        await call.ended()
        assert [answer.text for answer in app.chat.answers] == ["Hel"]
        assert app.chat.answers[0].outcome.reason == "stop"

    async def test_two_of_one_name_do_not_run_together(self, path: str, more: Any) -> None:
        app = ChatApp("Hel", 5.0, END)
        call = sent(app, path, **more)
        await asyncio.sleep(1)
        exchange = await refused(sent(app, path, **more), 409, "conflict")
        other = await sent(app, path, user="bob", **more).ended()

        assert exchange.headers["retry-after"] == "1"
        assert (await call.ended()).status == other.status == 200


async def test_who_does_not_read_cannot_keep_the_model_from_being_stopped() -> None:
    app = ChatApp("Hel", 1.0, "lo", 60.0, END)
    call = sent(app)
    await asyncio.sleep(0.5)
    call.reading.clear()
    await asyncio.sleep(1)
    assert (await app.delete(f"{WHOLE}/{NAME}")).status == 204
    assert app.chat.in_use == NOTHING
    call.reading.set()
    await call.ended()

    assert names(events_of(call)) == ["accepted", "started", "token", "token", "done"]
