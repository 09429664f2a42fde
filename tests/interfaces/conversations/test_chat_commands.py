"""From a body to the command that it asks for."""

import base64
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.application.conversations.chatting import ADA
from tests.interfaces.conversations.chat_app import BODY_LIMIT, IMAGE_BODY_LIMIT, WHOLE, ChatApp
from tests.strategies.model_names import model_names

from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.domain.kernel.chat import Priority, Sampling
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.infrastructure.inference.ollama_request import LOAD_TIME_OPTIONS
from ollamanet.interfaces.conversations.chat_commands import command_from
from ollamanet.interfaces.conversations.schemas import ChatBody
from ollamanet.interfaces.kernel.strict_request import decode_strictly

ID = "018f0000-0000-7000-8000-000000000001"


def command(**body: object) -> SendMessage:
    decoded = decode_strictly(msgspec.json.encode({"message": "Hi", **body}), ChatBody)
    return command_from(decoded, ADA, "request-1")


def detail_of(**body: object) -> str:
    with pytest.raises(InvalidRequest) as refused:
        command(**body)
    return refused.value.detail


def test_a_message_alone_leaves_the_rest_to_the_service() -> None:
    assert command() == SendMessage(ADA, RequestId("request-1"), "Hi")


@pytest.mark.parametrize("policy", Overflow)
def test_every_policy_for_long_conversations_can_be_asked_for(policy: Overflow) -> None:
    assert command(overflow=policy.value).overflow is policy


def test_everything_that_can_be_said() -> None:
    made = command(
        conversation_id=ID,
        model="Llama3",
        system="Be brief.",
        images=["aGk="],
        options={"temperature": 0.5, "stop": ["END", "\n"], "seed": -1, "num_predict": 10},
        format={"type": "object"},
        think="low",
        tools=[{"type": "function"}],
        overflow="reject",
        priority="background",
        deadline_ms=1500,
    )

    assert made == SendMessage(
        ADA,
        RequestId("request-1"),
        "Hi",
        conversation_id=UUID(ID),
        model=ModelName("Llama3"),
        system="Be brief.",
        images=("aGk=",),
        sampling=Sampling(
            {"temperature": 0.5, "stop": ("END", "\n"), "seed": -1, "num_predict": 10},
            '{"type":"object"}',
            "low",
            '[{"type":"function"}]',
        ),
        overflow=Overflow.REJECT,
        priority=Priority.BACKGROUND,
        timeout=1.5,
    )


@pytest.mark.parametrize(
    ("body", "sampling"),
    [
        ({"options": {}}, Sampling()),
        ({"options": {"temperature": 0}}, Sampling({"temperature": 0.0})),
        ({"format": "json"}, Sampling(format='"json"')),
        ({"think": False}, Sampling(think=False)),
        ({"tools": []}, Sampling()),
        ({"options": None, "format": None, "think": None}, Sampling()),
    ],
)
def test_what_is_not_said_is_not_sent(body: dict[str, object], sampling: Sampling) -> None:
    assert command(**body).sampling == sampling


@given(name=model_names)
def test_a_model_is_taken_as_it_is_spelt(name: str) -> None:
    assert command(model=name).model == ModelName.parse(name)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": ""}, "message"),
        ({"message": " \n\t\u2003"}, "message"),
        ({"message": ["Hi"]}, "message"),
        ({"conversation_id": "none"}, "conversation_id"),
        ({"model": ""}, "model"),
        ({"model": "../../etc/passwd"}, "model"),
        ({"model": "/etc/passwd"}, "model"),
        ({"model": "a//b"}, "model"),
        ({"model": "x" * 601}, "model"),
        ({"images": ["data:image/png;base64,aGk="]}, "images[0]"),
        ({"images": ["aGk=", "not base64!"]}, "images[1]"),
        ({"images": ["aGk"]}, "images[0]"),
        ({"images": ["aG k="]}, "images[0]"),
        ({"images": ["\u0660\u0661=="]}, "images[0]"),
        ({"images": [""]}, "images[0]"),
        ({"images": ["aGk="] * 17}, "images"),
        ({"system": ""}, "system"),
        *(({"options": {name: 1}}, f"options.{name}") for name in sorted(LOAD_TIME_OPTIONS)),
        ({"keep_alive": 0}, "keep_alive"),
        ({"num_ctx": 8192}, "num_ctx"),
        ({"shift": False}, "shift"),
        ({"options": {"temperature": 2.1}}, "options.temperature"),
        ({"options": {"temperature": "0.5"}}, "options.temperature"),
        ({"options": {"num_predict": -1}}, "options.num_predict"),
        ({"options": {"seed": 2**31}}, "options.seed"),
        ({"options": {"stop": [""]}}, "options.stop[0]"),
        ({"options": {"stop": ["x"] * 17}}, "options.stop"),
        ({"format": "yaml"}, "format"),
        ({"format": 5}, "format"),
        ({"think": "very"}, "think"),
        ({"think": 1}, "think"),
        ({"tools": [1]}, "tools[0]"),
        ({"tools": [{}] * 129}, "tools"),
        ({"overflow": "summarise"}, "overflow"),
        ({"priority": "urgent"}, "priority"),
        ({"deadline_ms": 0}, "deadline_ms"),
        ({"deadline_ms": 1.5}, "deadline_ms"),
        ({"deadline_ms": 10**30}, "deadline_ms"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, object], field: str) -> None:
    assert detail_of(**body).split(":")[0] == field


def test_an_image_says_enough_without_words() -> None:
    assert command(message=" ", images=["aGk="]).images == ("aGk=",)


@given(content=st.binary(min_size=1, max_size=40))
def test_every_image_in_base64_is_taken(content: bytes) -> None:
    image = base64.b64encode(content).decode()

    assert command(images=[image]).images == (image,)


@pytest.mark.anyio
class TestSize:
    async def test_words_are_held_to_the_limit_of_ordinary_bodies(self) -> None:
        exchange = await ChatApp(budget=100_000).post(WHOLE, message="x" * BODY_LIMIT)

        assert (exchange.status, exchange.json["code"]) == (413, "request_too_large")
        assert "without its images" in exchange.json["detail"]

    async def test_images_may_be_larger(self) -> None:
        app = ChatApp()
        exchange = await app.post(WHOLE, message="Hi", images=["aaaa" * (BODY_LIMIT // 2)])

        assert exchange.status == 200
        assert len(app.chat.questions[0].images[0]) > BODY_LIMIT

    async def test_and_yet_not_without_bounds(self) -> None:
        exchange = await ChatApp().post(WHOLE, message="Hi", images=["aaaa" * IMAGE_BODY_LIMIT])

        assert (exchange.status, exchange.json["code"]) == (413, "request_too_large")
