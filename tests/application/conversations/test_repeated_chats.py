"""The same question under the same key is asked once, unless it failed."""

import asyncio

import pytest
from tests.application.conversations.chatting import BOB
from tests.application.conversations.live import GRACE, UNUSED, Live, hear
from tests.fakes.inference.scripts import WHOLE

from ollamanet.domain.inference.errors import QueueFull, ReplicaLost
from ollamanet.domain.kernel.errors import Conflict

pytestmark = pytest.mark.anyio

GONE = ReplicaLost("gone")


class TestTheSameKey:
    async def test_joins_what_runs_and_what_has_just_ended(self) -> None:
        live = Live("Hel", 1.0, "lo", WHOLE)
        first = live.keep("request-1", "key")
        await asyncio.sleep(0.5)
        second = live.keep("request-2", "key")
        heard = await asyncio.gather(hear(first), hear(second))

        assert first is second is live.keep("request-3", "key")
        assert heard[0] == heard[1]
        assert len(live.chat.questions) == 1

    async def test_with_another_question_is_a_conflict(self) -> None:
        live = Live("Hel", WHOLE)
        await hear(live.keep("request-1", "key"))
        with pytest.raises(Conflict, match="Idempotency-Key"):
            live.keep("request-2", "key", b"2")

    async def test_of_another_user_is_another_key(self) -> None:
        live = Live("Hel", WHOLE)
        kept = live.keep("request-1", "key")

        assert live.keep("request-1", "key", b"2", actor=BOB) is not kept

    async def test_after_a_refusal_asks_again(self) -> None:
        live = Live("Hel", WHOLE, slots=1, depth=0)
        place = live.chat.take_slot(BOB)
        with pytest.raises(QueueFull):
            await hear(live.keep("request-1", "key"))
        assert live.chats.in_use == UNUSED
        place.leave()

        assert b"Hel" in await hear(live.keep("request-1", "key"))

    async def test_after_a_failure_asks_again(self) -> None:
        live = Live("Hel", GONE)
        with pytest.raises(ReplicaLost):
            await live.keep("request-1", "key").end()
        live.chat.replica.script = ("Hello", WHOLE)
        again = live.keep("request-1", "key")
        await again.end()

        assert live.keep("request-2", "key") is again
        assert [answer.text for answer in live.chat.answers] == ["Hel", "Hello"]

    async def test_after_the_grace_period_asks_again(self) -> None:
        live = Live("Hel", WHOLE)
        await live.keep("request-1", "key").end()
        await asyncio.sleep(GRACE + 1)
        await live.keep("request-2", "key", b"2").end()

        assert len(live.chat.questions) == 2
