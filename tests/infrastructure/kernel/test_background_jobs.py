"""Background work in tasks: bounded, logged when it fails, and over when the service is."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from tests.contracts.backgrounds import BackgroundContract, Work, turns

from ollamanet.application.kernel.background import Background
from ollamanet.domain.kernel.errors import StorageUnavailable
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs

pytestmark = pytest.mark.anyio


class TestBackgroundJobs(BackgroundContract):
    @pytest.fixture
    async def background(self) -> AsyncIterator[Background]:
        async with BackgroundJobs() as jobs:
            yield jobs
        assert jobs.running == 0


async def test_takes_no_more_than_its_limit() -> None:
    async with BackgroundJobs(limit=2) as jobs:
        works = [Work() for _ in range(3)]
        assert [jobs.start(number, work) for number, work in enumerate(works)] == [True, True, False]
        assert jobs.running == 2
        works[0].may_end.set()
        await turns()

        assert jobs.running == 1
        assert jobs.start(2, works[2])


async def test_a_shutdown_cancels_everything_and_takes_nothing_more() -> None:
    jobs, works = BackgroundJobs(), [Work() for _ in range(3)]
    for number, work in enumerate(works):
        jobs.start(number, work)
    await turns()
    await jobs.aclose()

    assert [work.fate for work in works] == [(1, 1, 0)] * 3
    assert not jobs.start("more", works[0])
    assert jobs.running == 0
    await jobs.aclose()


async def test_a_refusal_is_one_line_and_a_defect_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def refused() -> None:
        raise StorageUnavailable("try again")

    async def broken() -> None:
        raise ValueError("what is this")

    async with BackgroundJobs() as jobs:
        jobs.start("one", refused)
        jobs.start("two", broken)
        await turns()
    lines = [(record.levelno, record.getMessage(), bool(record.exc_info)) for record in caplog.records]

    assert lines == [
        (logging.WARNING, "background work was given up: storage_unavailable: try again", False),
        (logging.ERROR, "background work failed", True),
    ]


async def test_work_that_is_cancelled_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    async with BackgroundJobs() as jobs:
        jobs.start("one", Work())
        await asyncio.sleep(0)

    assert caplog.records == []
