"""A resumable chat over HTTP: it outlives its connection, and is heard again from any event on."""

import asyncio

import pytest
from tests.application.conversations.chatting import BOB
from tests.fakes.inference.scripts import WHOLE as END
from tests.interfaces.conversations.chat_app import GRACE, STREAM, WHOLE, ChatApp, events_of
from tests.interfaces.conversations.kept_calls import BOTH, GONE, NOTHING, names, refused, rejoined, sent
from tests.interfaces.conversations.sse_reader import read_events

from ollamanet.application.conversations.live_room import RoomBounds
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.kernel.chat import Role
from ollamanet.interfaces.kernel.sse import KEEP_ALIVE

pytestmark = pytest.mark.anyio


class TestRejoined:
    async def test_goes_on_after_the_last_event_that_was_heard(self) -> None:
        app = ChatApp("Hel", 1.0, "lo", 1.0, "!", END)
        first = sent(app, resumable=True)
        await asyncio.sleep(0.5)
        first.leave()
        await first.task
        await asyncio.sleep(1)
        heard = events_of(first)
        second = await rejoined(app, heard[-1].id).ended()

        assert names(heard) == ["accepted", "started", "token"]
        assert names(events_of(second)) == ["token", "token", "done"]
        everything = (await rejoined(app).ended()).body
        assert first.body + second.body == everything
        assert app.chat.in_use == NOTHING

    async def test_has_the_same_headers_and_begins_at_once(self) -> None:
        app = ChatApp("Hel", 60.0, "lo", END)
        first = sent(app, resumable=True)
        await asyncio.sleep(1)
        second = rejoined(app, 3)
        await asyncio.sleep(0.1)

        same = ("x-ollamanet-replica", "x-ollamanet-prompt-tokens", "x-ollamanet-trimmed", "x-ollamanet-queue-wait-ms")
        assert [second.headers[name] for name in same] == [first.headers[name] for name in same]
        assert second.headers["content-type"].startswith("text/event-stream")
        await asyncio.sleep(15)
        assert second.body == KEEP_ALIVE
        await asyncio.gather(first.ended(), second.ended())
        assert first.body.replace(KEEP_ALIVE, b"").endswith(second.body.replace(KEEP_ALIVE, b""))

    async def test_while_it_waits_in_the_queue(self) -> None:
        app = ChatApp("Hel", END, slots=1)
        place = app.chat.take_slot(BOB)
        first = sent(app, resumable=True)
        await asyncio.sleep(1)
        first.leave()
        second = rejoined(app, 2)
        await asyncio.sleep(1)
        place.leave()

        assert names(events_of(await second.ended())) == ["started", "token", "done"]

    async def test_twice_at_once_and_one_of_them_does_not_read(self) -> None:
        app = ChatApp("Hel", 1.0, "lo", END)
        first, slow = sent(app, resumable=True), None
        await asyncio.sleep(0.5)
        slow = rejoined(app)
        slow.reading.clear()
        await first.ended()
        assert names(events_of(first))[-1] == "done"
        slow.reading.set()

        assert (await slow.ended()).body == first.body

    async def test_after_all_was_heard_there_is_nothing_more(self) -> None:
        app = ChatApp("Hel", END)
        events = events_of(await sent(app, resumable=True).ended())
        nothing = await rejoined(app, events[-1].id).ended()

        assert (nothing.status, nothing.body) == (204, b"")

    async def test_a_failure_is_heard_again_in_the_same_words(self) -> None:
        app = ChatApp("Hel", GONE)
        first = await sent(app, resumable=True).ended()
        last = events_of(first)[-1]

        assert (last.id, last.event, last.data["code"]) == (4, "error", "upstream_error")
        for after in range(4):
            again = await rejoined(app, after).ended()
            assert first.body.endswith(again.body)
            assert events_of(again)[-1] == last
        assert (await rejoined(app, 4).ended()).status == 204
        assert {line["code"] for line, _ in app.lines[:-1]} == {"upstream_error"}

    @pytest.mark.parametrize(
        "value", ["-1", "5", "99999999999999999999999", "three", "1e3", "+1", " 1", "1.0", "\u00b2", "", "0x1", "1,2"]
    )
    async def test_from_an_event_that_is_not_there_is_refused(self, value: str) -> None:
        app = ChatApp("Hel", END)
        await sent(app, resumable=True).ended()
        exchange = await refused(rejoined(app, value), 400, "invalid_request")

        assert "Last-Event-ID" in exchange.json["detail"]

    async def test_from_what_is_no_longer_kept_is_a_conflict(self) -> None:
        app = ChatApp(*(["word" * 100] * 100), END, room=RoomBounds(32 * 4096))
        first = sent(app, resumable=True)
        await first.ended()

        await refused(rejoined(app, 3), 409, "conflict")
        last = events_of(first)[-1]
        assert events_of(await rejoined(app, last.id - 1).ended()) == [last]

    async def test_is_found_by_nobody_else_and_under_no_other_name(self) -> None:
        app = ChatApp("Hel", END)
        await sent(app, resumable=True).ended()
        for call in (rejoined(app, user="bob"), rejoined(app, name="other-request"), rejoined(app, name="%2e%2e%2f")):
            await refused(call, 404, "not_found")

    async def test_is_not_found_after_the_grace_period_or_when_it_was_not_resumable(self) -> None:
        app = ChatApp("Hel", END)
        await sent(app, resumable=True).ended()
        await asyncio.sleep(GRACE + 1)
        await refused(rejoined(app), 404, "not_found")
        await sent(app).ended()
        await refused(rejoined(app), 404, "not_found")

    async def test_a_whole_answer_too(self) -> None:
        app = ChatApp("Hel", 1.0, "lo", END)
        first = sent(app, WHOLE, resumable=True)
        await asyncio.sleep(0.5)
        first.leave()
        await first.task
        events = events_of(await rejoined(app).ended())

        assert names(events) == ["accepted", "started", "token", "token", "done"]
        assert [line["code"] for line, _ in app.lines] == ["client_gone", None]


@BOTH
class TestResumable:
    async def test_goes_on_without_its_client_for_the_grace_period_only(self, path: str) -> None:
        app = ChatApp("Hel", 1.0, "lo", 100.0, END)
        call = sent(app, path, resumable=True)
        await asyncio.sleep(0.5)
        call.leave()
        await call.task
        await asyncio.sleep(GRACE - 1)
        assert app.chat.in_use != NOTHING
        await asyncio.sleep(2)

        assert app.chat.in_use == NOTHING
        (answer,) = app.chat.answers
        assert (answer.text, answer.outcome and answer.outcome.reason) == ("Hello", "cancelled")

    async def test_is_refused_with_its_real_status_and_then_forgotten(self, path: str) -> None:
        app = ChatApp()
        await refused(sent(app, path, resumable=True, model="mistral"), 404, "model_not_found")
        await refused(rejoined(app), 404, "not_found")
        assert app.live.in_use == (0, 0, 0, 0)

    async def test_that_fails_before_the_first_piece_has_the_status_of_the_reason(self, path: str) -> None:
        app = ChatApp(GONE)
        await refused(sent(app, path, resumable=True), 502, "upstream_error")

    async def test_whose_answer_cannot_be_stored_says_so_and_is_in_the_log(self, path: str) -> None:
        app = ChatApp(END)
        app.chat.store.fails[Role.ASSISTANT] = OSError("disk full")
        await refused(sent(app, path, resumable=True), 500, "internal_error")
        assert isinstance(app.lines[0][1], OSError)

    async def test_is_logged_like_any_other(self, path: str) -> None:
        app = ChatApp("Hel", END)
        await sent(app, path, resumable=True).ended()
        ((line, _),) = app.lines

        assert (line["model"], line["done_reason"], line["completion_tokens"]) == ("llama3:latest", "stop", 3)


@BOTH
async def test_the_end_of_the_process_is_told_and_what_was_said_is_kept(path: str) -> None:
    app = ChatApp("Hel", 60.0, END)
    call = sent(app, path, resumable=True)
    await asyncio.sleep(1)
    call.task.cancel()
    await asyncio.wait((call.task,))
    await app.live.aclose()
    await settled()

    assert [answer.text for answer in app.chat.answers] == ["Hel"]
    assert app.chat.in_use == NOTHING
    if path == STREAM:
        last = read_events(call.body)[-1]
        assert (last.id, last.event, last.data["code"], last.data["partial"]) == (4, "error", "shutting_down", True)
    else:
        assert (call.status, call.json["code"]) == (503, "shutting_down")
