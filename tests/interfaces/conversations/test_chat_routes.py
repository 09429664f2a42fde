"""A chat over HTTP: refused with its real status, or streamed to its end, or given up with its client."""

import asyncio
from collections.abc import AsyncGenerator

import msgspec
import pytest
from tests.application.conversations.chatting import BOB
from tests.fakes.inference.scripts import WHOLE as END
from tests.fakes.inference.scripts import Step
from tests.interfaces.conversations.chat_app import STREAM, WHOLE, Call, ChatApp, events_of
from tests.interfaces.kernel.asgi_exchange import Exchange, http_scope

from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.inference.errors import ReplicaLost
from ollamanet.domain.kernel.chat import Role, ToolCall
from ollamanet.domain.kernel.reply import Text, Thinking, ToolCalled
from ollamanet.interfaces.conversations.chat_collector import WholeAnswer
from ollamanet.interfaces.kernel.request_info import RequestInfo, attach
from ollamanet.interfaces.kernel.sse import KEEP_ALIVE

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
BOTH = pytest.mark.parametrize("path", [STREAM, WHOLE])
GONE = ReplicaLost("gone")


def sent(app: ChatApp, path: str = STREAM, **body: object) -> Call:
    return app.start(path, msgspec.json.encode({"message": "Hi", **body}))


class TestStream:
    async def test_tells_everything_in_order(self) -> None:
        app = ChatApp("Hel", "lo", END)
        exchange = await app.post(STREAM, message="Hi")
        events = events_of(exchange)
        question, answer = (*app.chat.questions, *app.chat.answers)

        assert [event.event for event in events] == ["accepted", "started", "token", "token", "done"]
        assert events[0].data["user_message_id"] == str(question.id)
        assert events[-1].data["assistant_message_id"] == str(answer.id)
        assert events[-1].data["usage"] == {"prompt_tokens": 12, "completion_tokens": 3}
        assert exchange.headers["x-ollamanet-replica"] == "scripted:11434"
        assert exchange.headers["x-ollamanet-prompt-tokens"] == "9"
        assert app.chat.in_use == NOTHING

    async def test_sends_nothing_until_the_model_speaks(self) -> None:
        app = ChatApp(1.5, "Hello", END)
        call = sent(app)
        await asyncio.sleep(1)
        assert call.messages == []
        await call.ended()

        assert [event.event for event in events_of(call)][:3] == ["accepted", "started", "token"]

    async def test_tells_a_waiting_client_his_place_and_that_it_is_still_there(self) -> None:
        app = ChatApp("Hello", END, slots=1)
        place = app.chat.take_slot(BOB)
        call = sent(app)
        await asyncio.sleep(25)
        assert [event.event for event in events_of(call)] == ["accepted", "queued"]
        assert call.body.count(KEEP_ALIVE) == 2
        place.leave()
        await call.ended()

        assert [event.event for event in events_of(call)] == ["accepted", "queued", "started", "token", "done"]

    async def test_that_breaks_off_ends_with_the_reason(self) -> None:
        app = ChatApp("Hel", GONE)
        events = events_of(await app.post(STREAM, message="Hi"))

        assert events[-1].event == "error"
        assert events[-1].data == {"code": "upstream_error", "message": "gone", "partial": True}
        assert [line["code"] for line, _ in app.lines] == ["upstream_error"]

    async def test_whose_answer_cannot_be_stored_says_so(self) -> None:
        app = ChatApp("Hel", END)
        app.chat.store.fails[Role.ASSISTANT] = OSError("disk full")
        events = events_of(await app.post(STREAM, message="Hi"))

        assert (events[-1].event, events[-1].data["code"]) == ("error", "internal_error")
        assert isinstance(app.lines[0][1], OSError)
        assert app.chat.in_use == NOTHING


class TestWhole:
    async def test_is_the_same_in_one_piece(self) -> None:
        call = ToolCall("call_1", "f", '{"a":1}')
        app = ChatApp(Thinking("Hm"), "Hel", "lo", ToolCalled(call), END)
        exchange = await app.post(WHOLE, message="Hi")
        answer = exchange.json
        timings = answer.pop("timings")

        assert exchange.status == 200
        assert int(exchange.headers["content-length"]) == len(exchange.body)
        assert exchange.headers["x-ollamanet-replica"] == "scripted:11434"
        assert set(timings) == {"queue_ms", "ttft_ms", "total_ms"}
        assert answer == {
            "request_id": exchange.headers["x-request-id"],
            "conversation_id": str(app.chat.questions[0].conversation_id),
            "user_message_id": str(app.chat.questions[0].id),
            "assistant_message_id": str(app.chat.answers[0].id),
            "model": "llama3:latest",
            "text": "Hello",
            "thinking": "Hm",
            "tool_calls": [{"id": "call_1", "name": "f", "arguments": {"a": 1}}],
            "done_reason": "stop",
            "partial": False,
            "usage": {"prompt_tokens": 12, "completion_tokens": 3},
            "trimmed_turns": 0,
            "summarized_turns": 0,
            "prompt_truncated": False,
        }

    async def test_that_ran_out_of_time_is_partial(self) -> None:
        app = ChatApp("Hel", 500.0, END)
        answer = (await app.post(WHOLE, message="Hi", deadline_ms=3000)).json

        assert (answer["text"], answer["done_reason"], answer["partial"]) == ("Hel", "timeout", True)

    async def test_that_never_came_to_its_end_is_no_answer(self) -> None:
        async def source() -> AsyncGenerator[tuple[Text, ...], None]:
            async def events() -> AsyncGenerator[tuple[Text, ...], None]:
                yield (Text("Hel"),)

            return events()

        client = Exchange()
        await client.receive()
        attach(scope := http_scope(), RequestInfo("request-1", 0.0))
        with pytest.raises(RuntimeError, match="without an answer"):
            await WholeAnswer(source)(scope, client.receive, client.send)
        assert client.messages == []

    async def test_that_breaks_off_has_the_status_of_the_reason_and_is_kept(self) -> None:
        app = ChatApp("Hel", GONE)
        exchange = await app.post(WHOLE, message="Hi")

        assert (exchange.status, exchange.json["code"]) == (502, "upstream_error")
        assert [answer.text for answer in app.chat.answers] == ["Hel"]


@BOTH
async def test_the_log_knows_who_answered_and_how_long_it_was_and_not_what_was_said(path: str) -> None:
    app = ChatApp(Thinking("private"), "private", END)
    await app.post(path, message="private", system="private")
    ((line, _),) = app.lines

    assert (
        line.items()
        >= {
            "model": "llama3:latest",
            "replica": "scripted:11434",
            "queue_ms": 0,
            "done_reason": "stop",
            "prompt_tokens": 12,
            "completion_tokens": 3,
        }.items()
    )
    assert "private" not in str(line)


@BOTH
class TestRefused:
    """Before the first byte, so that the status is the real one; nothing is left behind."""

    async def refused(self, app: ChatApp, path: str, status: int, code: str, user: str = "ada", **body: object) -> None:
        stored = len(app.chat.questions)
        exchange = await app.post(path, user=user, **{"message": "Hi", **body})

        assert (exchange.status, exchange.json["code"]) == (status, code)
        assert exchange.headers["content-type"] == "application/problem+json"
        assert app.lines[-1][0]["code"] == code
        assert len(app.chat.questions) == stored
        assert app.chat.in_use[3] == 0

    async def test_an_unknown_model(self, path: str) -> None:
        await self.refused(ChatApp(), path, 404, "model_not_found", model="mistral")

    async def test_a_replica_that_is_gone(self, path: str) -> None:
        app = ChatApp()
        app.chat.models.lost = True
        await self.refused(app, path, 503, "no_healthy_replica")

    async def test_a_prompt_that_does_not_fit(self, path: str) -> None:
        await self.refused(ChatApp(budget=20), path, 400, "prompt_too_large", message="word " * 50)

    async def test_somebody_elses_conversation(self, path: str) -> None:
        app = ChatApp()
        await app.chat.ask()
        conversation = str(app.chat.conversation_id)
        await self.refused(app, path, 404, "not_found", user="bob", conversation_id=conversation)

    async def test_a_full_queue_says_when_to_come_back(self, path: str) -> None:
        app = ChatApp(slots=1, depth=0)
        app.chat.take_slot(BOB)
        exchange = await app.post(path, message="Hi")

        assert (exchange.status, exchange.json["code"]) == (503, "queue_full")
        assert (exchange.headers["retry-after"], exchange.headers["retry-after-ms"]) == ("5", "5000")

    async def test_a_service_that_stops(self, path: str) -> None:
        app = ChatApp()
        app.chat.admission.close()
        await self.refused(app, path, 503, "shutting_down")

    async def test_a_question_that_cannot_be_stored(self, path: str) -> None:
        app = ChatApp()
        app.chat.store.fails[Role.USER] = OSError("disk full")
        await self.refused(app, path, 500, "internal_error")
        assert app.chat.in_use == NOTHING

    @pytest.mark.parametrize(
        ("script", "status", "code"), [((GONE,), 502, "upstream_error"), ((500.0, END), 504, "upstream_timeout")]
    )
    async def test_a_model_that_never_speaks(self, path: str, script: tuple[Step, ...], status: int, code: str) -> None:
        app = ChatApp(*script)
        exchange = await app.post(path, message="Hi", deadline_ms=1500)

        assert (exchange.status, exchange.json["code"]) == (status, code)
        assert (len(app.chat.questions), app.chat.answers) == (1, [])

    async def test_nobody(self, path: str) -> None:
        await self.refused(ChatApp(), path, 401, "unauthenticated", user="mallory")


@BOTH
@pytest.mark.parametrize("moment", [0.5, 1.5, 2.5, 3.5], ids=["waiting", "loading", "speaking", "later"])
async def test_a_client_that_leaves_frees_its_place_at_once(path: str, moment: float) -> None:
    app = ChatApp(1.0, "Hel", 1.0, "lo", 60.0, END, slots=1)
    place = app.chat.take_slot(BOB)
    asyncio.get_running_loop().call_later(1.0, place.leave)
    call = sent(app, path)
    await asyncio.sleep(moment)
    call.leave()
    for _ in range(20):
        await asyncio.sleep(0)
    place.leave()
    await settled()

    assert call.task.done()
    assert app.chat.in_use == NOTHING
    assert [line["code"] for line, _ in app.lines] == ["client_gone"]
    heard = {0.5: [], 1.5: [], 2.5: ["Hel"], 3.5: ["Hello"]}[moment]
    assert [answer.text for answer in app.chat.answers] == heard
    assert all(answer.outcome and answer.outcome.reason == "cancelled" for answer in app.chat.answers)
