"""Rounds in which accounts are erased whose time is over."""

import asyncio
import logging

import pytest

from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsers
from ollamanet.infrastructure.identity.daily_purge import DailyPurge

pytestmark = pytest.mark.anyio


class Purges:
    """Answers with what it was given, then with 0; `idle` is set with the last."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.idle = asyncio.Event()

    async def __call__(self, _: PurgeExpiredUsers) -> int:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else 0
        if not self.answers:
            self.idle.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_round_goes_on_until_none_is_left_and_begins_at_the_start() -> None:
    purges = Purges(50, 50, 3, 0)
    async with DailyPurge(purges).running():
        await purges.idle.wait()
    assert purges.calls == 4


async def test_a_failure_is_told_and_the_next_round_tries_again(caplog: pytest.LogCaptureFixture) -> None:
    purges = Purges(ValueError("down"), 1, 0)
    with caplog.at_level(logging.ERROR):
        async with DailyPurge(purges, pause=0.001).running():
            await purges.idle.wait()
    assert purges.calls >= 3
    assert "the next round tries again" in caplog.text


async def test_a_purge_that_runs_does_not_keep_the_service_from_stopping() -> None:
    begun = asyncio.Event()

    async def endless(_: PurgeExpiredUsers) -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    async with DailyPurge(endless).running():
        await begun.wait()
