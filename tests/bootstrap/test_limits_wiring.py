"""The limits over a real database: what an administrator changed and what users took outlive the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from tests.fakes.kernel.callers import an_admin

from ollamanet.application.kernel.actor import Actor
from ollamanet.bootstrap.cli import main
from ollamanet.bootstrap.limits_wiring import Limits, wire_limits
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.bootstrap.storage import open_storage
from ollamanet.domain.inference.errors import QuotaExceeded
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Turn
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.kernel.system_clock import SystemClock

ADA = UserId(UUID(int=1))
BOSS = an_admin(9)
ASKED = ReplyRequest(RequestId("request-1"), ADA, ModelName("m"), (Turn(Role.USER, "Hi"),))


@asynccontextmanager
async def running(folder: Path, **variables: str) -> AsyncIterator[Limits]:
    settings = load_settings({"OLLAMANET_DATA_DIR": str(folder), **variables})
    async with open_storage(settings) as storage, wire_limits(settings, storage) as limits:
        yield limits


async def try_out(limits: Limits, mode: Mode, percent: float = 0.0) -> None:
    numbers = LimitSet(0, UserLimits(5, 50, 5000, 9000))
    made = LimitVersion(numbers, mode, percent, SystemClock().now(), BOSS.user_id, note="to try")
    await limits.book.change(lambda rollout: rollout.with_new(made))


@pytest.mark.anyio
async def test_the_tokens_of_the_day_survive_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, OLLAMANET_USER_TPD="1000") as limits:
        limits.quota.reserve(ASKED, tokens=100).settle(600)
    async with running(tmp_path, OLLAMANET_USER_TPD="1000") as limits:
        assert limits.quota.usage(Actor(ADA)).user.today.tokens == 600
        with pytest.raises(QuotaExceeded):
            limits.quota.reserve(ASKED, tokens=401)
        limits.quota.reserve(ASKED, tokens=400)


@pytest.mark.anyio
async def test_without_a_limit_of_the_day_there_is_none(tmp_path: Path) -> None:
    async with running(tmp_path) as limits:
        assert limits.book.rollout.active.limits.default == UserLimits(6, 60, 60_000, None)


@pytest.mark.anyio
async def test_versions_survive_a_restart_and_the_first_follows_the_settings(tmp_path: Path) -> None:
    async with running(tmp_path) as limits:
        await try_out(limits, Mode.ACTIVE)
        before = limits.book.rollout
    async with running(tmp_path, OLLAMANET_USER_RPM="7") as limits:
        assert limits.book.rollout.versions[1:] == before.versions[1:]
        assert limits.book.rollout.versions[0].limits.default.requests_per_minute == 7
        assert limits.headers.service(None).startswith(b"v=2, ")


def commanded(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["limits", *arguments])
    return f"{done.exit_code} {done.output}"


def test_the_commands_print_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def store() -> None:
        async with running(tmp_path) as limits:
            await try_out(limits, Mode.CANARY, 12.5)

    asyncio.run(store())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLLAMANET_DATA_DIR", str(tmp_path))

    canary, first = commanded("list").splitlines()
    assert canary.startswith("0 2: canary 12.5 %, made ")
    assert canary.endswith("UTC: 5 at once, 50 requests and 5000 tokens a minute, 9000 tokens a day (to try)")
    assert first == "1: active, of the settings: 6 at once, 60 requests and 60000 tokens a minute"
    assert '"number": 1' in commanded("show")
    assert '"tokens_per_day": 9000' in commanded("show", "2")
    assert commanded("show", "7") == "1 Error: there is no version 7 of the limits\n"
