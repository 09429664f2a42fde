"""A message is admitted, stored, asked and answered, in this order; or refused without a trace."""

from dataclasses import replace

import pytest
from tests.application.conversations.chatting import ADA, BOB, Chat, everything
from tests.fakes.inference.listed_models import QWEN
from tests.fakes.inference.scripted_replica import ScriptedReplica, ScriptedStream
from tests.fakes.inference.scripted_replies import STARTED
from tests.fakes.inference.scripts import WHOLE
from uuid_utils.compat import uuid7

from ollamanet.application.conversations.chat_events import Accepted, Answered
from ollamanet.domain.inference.errors import ModelNotFound, NoHealthyReplica, QueueFull
from ollamanet.domain.kernel.chat import Priority, ReplyRequest, Role, Sampling, Turn
from ollamanet.domain.kernel.errors import InvalidRequest, NotFound, PromptTooLarge
from ollamanet.domain.kernel.ids import ConversationId, RequestId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.domain.kernel.reply import Text
from ollamanet.domain.kernel.token_estimate import estimate_turn

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)


async def test_tells_what_happens_from_acceptance_to_the_stored_answer() -> None:
    chat = Chat("Hel", "lo", WHOLE)
    await chat.ask("Why is the sky blue?")
    (conversation,) = chat.store.conversations()
    question, answer = chat.store.messages(conversation.id)
    tokens = estimate_turn(Turn(Role.USER, "Why is the sky blue?"))

    assert chat.heard == [
        Accepted(RequestId("request-1"), conversation.id, question.id, "llama3:latest", tokens, 0),
        STARTED,
        Text("Hel"),
        Text("lo"),
        WHOLE,
        Answered(answer.id, answer.outcome, 0),
    ]
    assert chat.in_use == NOTHING


async def test_a_first_message_starts_a_conversation() -> None:
    chat = Chat()
    await chat.ask("Why is\nthe sky blue?", system="Be brief.", model=ModelName("QWEN3", "0.6b"))
    (conversation,) = chat.store.conversations()

    assert conversation.owner == ADA.user_id
    assert conversation.title == "Why is the sky blue?"
    assert conversation.model == str(QWEN)
    assert conversation.system == "Be brief."
    assert conversation.created_at == chat.questions[0].created_at


async def test_the_question_is_stored_before_the_replica_is_asked() -> None:
    class Looking(ScriptedReplica):
        async def open(self, request: ReplyRequest, *, timeout: float) -> ScriptedStream:
            stored.append([message.text for message in everything(chat.store)])
            return await super().open(request, timeout=timeout)

    stored: list[list[str]] = []
    chat = Chat(replica=Looking())
    await chat.ask("first")
    await chat.ask("second", conversation_id=chat.conversation_id)

    assert stored == [["first"], ["first", "Hello", "second"]]


async def test_a_later_message_goes_on_with_what_was_said() -> None:
    chat = Chat()
    await chat.ask("first", system="Be brief.", model=QWEN)
    await chat.ask("second", conversation_id=chat.conversation_id, images=("aGk=",))
    request, _ = chat.replica.asked[-1]

    assert request.model == QWEN
    assert request.turns == (
        Turn(Role.SYSTEM, "Be brief."),
        Turn(Role.USER, "first"),
        Turn(Role.ASSISTANT, "Hello"),
        Turn(Role.USER, "second", ("aGk=",)),
    )
    assert len(chat.store.conversations()) == 1


async def test_another_model_and_other_instructions_for_one_message() -> None:
    chat = Chat()
    await chat.ask("first", system="Be brief.")
    await chat.ask("second", conversation_id=chat.conversation_id, system="Be long.", model=QWEN)
    await chat.ask("third", conversation_id=chat.conversation_id)
    (_, _), (second, _), (third, _) = chat.replica.asked

    assert (second.model, second.turns[0].text) == (QWEN, "Be long.")
    assert (third.model, third.turns[0].text) == (QWEN, "Be brief.")


async def test_hands_on_how_the_reply_is_wanted() -> None:
    chat = Chat()
    sampling = Sampling(options={"temperature": 0.5}, think=True)
    await chat.ask("Hi", sampling=sampling, priority=Priority.BACKGROUND, timeout=7.0)
    request, timeout = chat.replica.asked[0]

    assert (request.user, request.request_id) == (ADA.user_id, RequestId("request-1"))
    assert (request.sampling, request.priority, request.timeout, timeout) == (sampling, Priority.BACKGROUND, 7.0, 7.0)


async def test_older_turns_are_left_out_and_it_says_so() -> None:
    chat = Chat(budget=40)
    await chat.ask("word " * 10)
    await chat.ask("short", conversation_id=chat.conversation_id)
    accepted = [event for event in chat.heard if isinstance(event, Accepted)][-1]

    assert accepted.trimmed_turns == 1
    assert accepted.prompt_tokens <= 40
    assert [turn.text for turn in chat.replica.asked[-1][0].turns] == ["Hello", "short"]
    assert chat.answered is not None
    assert [event.trimmed_turns for event in chat.heard if isinstance(event, Answered)] == [0, 1]


async def test_tools_and_a_schema_take_their_share_of_the_prompt() -> None:
    chat = Chat(budget=59)
    await chat.ask("word " * 10)
    await chat.ask("short", conversation_id=chat.conversation_id, sampling=Sampling(tools='[{"a":1}]' * 6))
    accepted = [event for event in chat.heard if isinstance(event, Accepted)][-1]

    assert accepted.trimmed_turns == 1
    assert accepted.prompt_tokens == sum(map(estimate_turn, chat.replica.asked[-1][0].turns)) + 18
    with pytest.raises(PromptTooLarge):
        await chat.ask("short", sampling=Sampling(format='"' + "x" * 180 + '"'))


async def test_no_more_is_read_back_than_the_limit() -> None:
    chat = Chat(history_limit=3)
    for number in range(4):
        more = {"conversation_id": chat.conversation_id} if number else {}
        await chat.ask(str(number), **more)

    assert [turn.text for turn in chat.replica.asked[-1][0].turns] == ["Hello", "2", "Hello", "3"]


class TestRefused:
    """Nothing is stored, no place is taken, the replica is not asked."""

    async def refused(self, chat: Chat, expected: type[Exception], **command: object) -> None:
        before = [replace(message) for message in (*chat.questions, *chat.answers)]
        asked = len(chat.replica.asked)
        with pytest.raises(expected):
            await chat.ask(**command)

        assert [*chat.questions, *chat.answers] == before
        assert len(chat.store.conversations()) == len({message.conversation_id for message in before})
        assert len(chat.replica.asked) == asked
        assert chat.in_use == NOTHING

    async def test_for_an_unknown_model(self) -> None:
        await self.refused(Chat(), ModelNotFound, model=ModelName("mistral"))

    async def test_when_nobody_knows_the_models(self) -> None:
        chat = Chat()
        chat.models.lost = True
        await self.refused(chat, NoHealthyReplica)

    async def test_for_a_question_that_is_too_long(self) -> None:
        await self.refused(Chat(budget=10), PromptTooLarge, text="word " * 50)

    async def test_for_a_conversation_that_may_not_be_cut(self) -> None:
        chat = Chat(budget=40)
        await chat.ask("word " * 10)
        await self.refused(
            chat, PromptTooLarge, conversation_id=chat.conversation_id, overflow=Overflow.REJECT, text="more"
        )

    async def test_for_a_conversation_of_somebody_else(self) -> None:
        chat = Chat()
        await chat.ask("mine")
        await self.refused(chat, NotFound, actor=BOB, conversation_id=chat.conversation_id)

    async def test_for_a_conversation_that_never_was(self) -> None:
        await self.refused(Chat(), NotFound, conversation_id=ConversationId(uuid7()))

    async def test_for_a_full_queue(self) -> None:
        chat = Chat(slots=1, depth=0)
        place = chat.take_slot(BOB)
        with pytest.raises(QueueFull):
            await chat.ask()
        place.leave()

        assert chat.questions == []
        assert chat.store.started_writes == 0
        assert chat.in_use == NOTHING

    @pytest.mark.parametrize("failure", [OSError("disk full"), NotFound("deleted meanwhile")])
    async def test_by_a_store_that_fails(self, failure: Exception) -> None:
        chat = Chat()
        chat.store.fails[Role.USER] = failure
        await self.refused(chat, type(failure))

    async def test_for_a_conversation_whose_model_has_no_name_any_more(self) -> None:
        chat = Chat()
        await chat.ask("first")
        await chat.store.append(chat.questions[0], model="../x")
        await self.refused(chat, InvalidRequest, conversation_id=chat.conversation_id)
