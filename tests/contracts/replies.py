"""What every source of replies does, whatever is behind it; a subclass brings the fixture `serving`."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import pytest
from tests.fakes.inference.scripts import WHOLE, Step
from tests.fakes.kernel.callers import a_user

from ollamanet.application.conversations.ports import Replies
from ollamanet.domain.inference.errors import ModelNotFound, QueueFull, ReplicaLost
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Turn
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import ReplyEvent, Started, Text


@dataclass(frozen=True, slots=True)
class Served:
    """Replies whose model says what a script says.

    Attributes:
        in_use: places and slots that are taken now.
    """

    replies: Replies
    in_use: Callable[[], int]


Serving = Callable[[Sequence[Step], int], Served]
"""From a script without its `Started`, and the number of requests that are taken at once."""


def a_request(number: int = 1) -> ReplyRequest:
    turns = (Turn(Role.USER, "Hi"),)
    return ReplyRequest(RequestId(f"request-{number}"), UserId(UUID(int=number)), ModelName("llama3"), turns)


async def heard(served: Served, into: list[ReplyEvent] | None = None) -> list[ReplyEvent]:
    collected = [] if into is None else into
    async with aclosing(served.replies.admit(a_request()).events()) as events:
        async for batch in events:
            collected.extend(batch)
    return collected


@pytest.mark.anyio
class RepliesContract:
    async def test_begins_ends_and_leaves_nothing_out(self, serving: Serving) -> None:
        served = serving(("Hel", (Text("l"), Text("o")), WHOLE), 9)
        started, *said = await heard(served)

        assert isinstance(started, Started)
        assert said == [Text("Hel"), Text("l"), Text("o"), WHOLE]
        assert served.in_use() == 0

    async def test_a_failure_comes_after_what_was_said_before_it(self, serving: Serving) -> None:
        served = serving(("Hel", ReplicaLost("gone")), 9)
        collected: list[ReplyEvent] = []
        with pytest.raises(ReplicaLost):
            await heard(served, collected)

        assert collected[1:] == [Text("Hel")]
        assert served.in_use() == 0

    async def test_takes_a_place_at_once_and_gives_it_back_once(self, serving: Serving) -> None:
        served = serving(("Hi", WHOLE), 2)
        first, second = served.replies.admit(a_request(1)), served.replies.admit(a_request(2))
        assert served.in_use() == 2

        first.release()
        first.release()
        assert served.in_use() == 1
        second.release()
        assert served.in_use() == 0

    async def test_refuses_who_has_no_room(self, serving: Serving) -> None:
        served = serving(("Hi", WHOLE), 1)
        reply = served.replies.admit(a_request(1))
        with pytest.raises(QueueFull) as refused:
            served.replies.admit(a_request(2))

        assert refused.value.retry_after is not None
        assert served.in_use() == 1
        reply.release()

    async def test_a_reply_that_is_closed_midway_gives_its_place_back(self, serving: Serving) -> None:
        served = serving(("Hel", "lo", WHOLE), 9)
        events = served.replies.admit(a_request()).events()
        async for batch in events:
            if batch == (Text("Hel"),):
                break
        await events.aclose()

        assert served.in_use() == 0

    async def test_a_reply_whose_hearer_is_cancelled_gives_its_place_back(self, serving: Serving) -> None:
        served = serving(("Hel", 60.0, "lo", WHOLE), 9)
        task = asyncio.ensure_future(heard(served))
        for _ in range(20):
            await asyncio.sleep(0)
        assert served.in_use() == 1
        task.cancel()
        await asyncio.wait((task,))

        assert task.cancelled()
        assert served.in_use() == 0

    async def test_resolves_names_as_ollama_does(self, serving: Serving) -> None:
        replies = serving(("Hi", WHOLE), 1).replies
        installed = ModelName("llama3")

        assert (await replies.resolve(None, a_user())).name == installed
        assert (await replies.resolve(ModelName("LLAMA3", "Latest"), a_user())).name == installed
        with pytest.raises(ModelNotFound, match="'mistral:latest'"):
            await replies.resolve(ModelName("mistral"), a_user())

    async def test_a_model_that_is_not_for_the_caller_is_refused_and_not_the_default(self, serving: Serving) -> None:
        replies = serving(("Hi", WHOLE), 1).replies
        somebody = a_user(limits=CallerLimits(models=frozenset({"mistral:latest"})))

        with pytest.raises(Forbidden):
            await replies.resolve(ModelName("llama3"), somebody)
        with pytest.raises(ModelNotFound):
            await replies.resolve(None, somebody)
