"""Reading back what was said."""

from typing import Any

import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.inference.scripts import WHOLE as END
from tests.interfaces.conversations.chat_app import WHOLE, ChatApp

from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.inference.errors import ReplicaLost
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.reply import ToolCalled, Usage

pytestmark = pytest.mark.anyio

LIST = "/api/v1/conversations"


async def test_a_conversation_reads_as_it_was_held() -> None:
    app = ChatApp("Hello", ToolCalled(ToolCall("call_1", "f", "{}")), END)
    said = (await app.post(WHOLE, message="Why is the sky blue?", system="Be brief.", images=["aGk="])).json
    conversation = (await app.get(f"{LIST}/{said['conversation_id']}")).json
    messages = (await app.get(f"{LIST}/{said['conversation_id']}/messages")).json

    assert {name: value for name, value in conversation.items() if not name.endswith("_at")} == {
        "id": said["conversation_id"],
        "title": "Why is the sky blue?",
        "model": "llama3:latest",
        "system": "Be brief.",
        "summary": None,
    }
    question, answer = messages["items"]
    assert (question["id"], question["role"], question["images"]) == (said["user_message_id"], "user", ["aGk="])
    assert [question[name] for name in ("model", "done_reason", "partial", "error", "usage", "timings")] == [None] * 6
    assert (answer["id"], answer["role"], answer["text"]) == (said["assistant_message_id"], "assistant", "Hello")
    assert (answer["done_reason"], answer["partial"], answer["error"]) == ("stop", False, None)
    assert answer["tool_calls"] == [{"id": "call_1", "name": "f", "arguments": {}}]
    assert answer["usage"] == {"prompt_tokens": 12, "completion_tokens": 3}
    assert question["created_at"].endswith("Z")


async def test_the_owner_sees_the_summary_that_models_are_told() -> None:
    app = ChatApp()
    said = (await app.post(WHOLE, message="Why is the sky blue?")).json
    (question, *_) = app.chat.questions
    await app.chat.store.keep_summary(
        Summary(question.conversation_id, "Ada asks.", 1, question.id, NOON, "llama3:latest", Usage(12, 3), NOON)
    )
    path = f"{LIST}/{said['conversation_id']}"

    assert (await app.get(path)).json["summary"] == {
        "text": "Ada asks.",
        "covered_turns": 1,
        "model": "llama3:latest",
        "created_at": "2026-11-22T12:00:00Z",
    }
    assert "summary" not in (await app.get(LIST)).json["items"][0]
    stranger = await app.get(path, user="bob")
    assert stranger.status == 404
    assert b"Ada asks" not in stranger.body


async def test_an_answer_that_broke_off_says_why() -> None:
    app = ChatApp("Hel", ReplicaLost("gone"))
    await app.post(WHOLE, message="Hi")
    conversation = (await app.get(LIST)).json["items"][0]["id"]
    answer = (await app.get(f"{LIST}/{conversation}/messages")).json["items"][1]

    assert (answer["text"], answer["partial"], answer["done_reason"], answer["error"]) == (
        "Hel",
        True,
        "error",
        "upstream_error",
    )


async def test_everybody_lists_his_own() -> None:
    app = ChatApp()
    for user, text in (("ada", "one"), ("bob", "two"), ("ada", "three")):
        await app.post(WHOLE, user=user, message=text)

    titles = [item["title"] for item in (await app.get(LIST)).json["items"]]
    assert sorted(titles) == ["one", "three"]
    assert [item["title"] for item in (await app.get(LIST, user="bob")).json["items"]] == ["two"]


async def test_lists_come_in_pages() -> None:
    app = ChatApp()
    for number in range(3):
        await app.post(WHOLE, message=str(number))
    pages = [(await app.get(LIST, query=b"page=%d&page_size=2" % page)).json for page in (1, 2, 3)]

    assert [len(page["items"]) for page in pages] == [2, 1, 0]
    assert {(page["total"], page["page_size"]) for page in pages} == {(3, 2)}


@pytest.mark.parametrize("path", ["", "/messages"])
async def test_what_is_not_there_and_what_is_somebody_elses_look_the_same(path: str) -> None:
    app = ChatApp()
    said = (await app.post(WHOLE, message="Hi")).json
    answers: list[Any] = []
    for conversation in (said["conversation_id"], "018f0000-0000-7000-8000-000000000001"):
        problem = (await app.get(f"{LIST}/{conversation}{path}", user="bob")).json
        answers.append((problem["status"], problem["code"], problem["detail"]))

    assert answers[0] == answers[1]
    assert answers[0][:2] == (404, "not_found")


@pytest.mark.parametrize("name", ["none", "018f0000", "..", "%00", "018f0000-0000-7000-8000-00000000000g"])
async def test_what_is_no_id_is_not_found(name: str) -> None:
    assert (await ChatApp().get(f"{LIST}/{name}")).status == 404


@pytest.mark.parametrize("path", [LIST, f"{LIST}/018f0000-0000-7000-8000-000000000001", "/api/v1/chats/stream"])
async def test_nobody_reads_nothing(path: str) -> None:
    exchange = await ChatApp().get(path, user="mallory")

    assert exchange.status in {401, 405}
    assert exchange.json["code"] in {"unauthenticated", "method_not_allowed"}
