"""Argon2id: as hard as it was told to be, never on the event loop, never more at once than allowed."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Literal

import argon2
import pytest
from argon2.exceptions import InvalidHashError
from tests.contracts.password_hashers import PasswordHashersContract
from tests.fakes.identity.people import PHRASE

from ollamanet.domain.identity.errors import HashingBusy
from ollamanet.domain.identity.password import Password
from ollamanet.infrastructure.identity.argon2_hasher import Argon2Hasher, Argon2Parameters

CHEAP = Argon2Parameters(memory_kib=8, time_cost=1)
PASSWORD = Password.parse(PHRASE)


class WatchedArgon2(argon2.PasswordHasher):
    """The real one, that also waits at a gate, and remembers where, how often at once and against what it ran."""

    def __init__(self) -> None:
        super().__init__(time_cost=2, memory_cost=16, parallelism=1)
        self.threads: set[int] = set()
        self.against: list[str | bytes] = []
        self.running = self.most = 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()
        self._arrived = threading.Semaphore(0)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.threads.add(threading.get_ident())
        self._arrived.release()
        assert self.gate.wait(timeout=20)
        made = super().hash(password, salt=salt)
        with self._lock:
            self.running -= 1
        return made

    def verify(self, *args: str | bytes) -> Literal[True]:
        self.threads.add(threading.get_ident())
        self.against.append(args[0])
        return super().verify(*args)

    async def until_running(self, count: int) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self._arrived.acquire, timeout=20)


@pytest.fixture
def watched() -> Iterator[tuple[WatchedArgon2, Argon2Hasher]]:
    argon = WatchedArgon2()
    hasher = Argon2Hasher(argon, workers=2)
    yield argon, hasher
    hasher.close()


class TestArgon2Hasher(PasswordHashersContract):
    @pytest.fixture
    def hasher(self) -> Iterator[Argon2Hasher]:
        hasher = Argon2Hasher(CHEAP.hasher())
        yield hasher
        hasher.close()


@pytest.mark.anyio
async def test_it_never_runs_on_the_event_loop(watched: tuple[WatchedArgon2, Argon2Hasher]) -> None:
    argon, hasher = watched
    await hasher.verify(PASSWORD, await hasher.hash(PASSWORD))
    await hasher.verify(PASSWORD, None)
    assert len(argon.against) == 2
    assert threading.get_ident() not in argon.threads


@pytest.mark.anyio
async def test_no_more_run_at_once_than_there_are_workers(watched: tuple[WatchedArgon2, Argon2Hasher]) -> None:
    argon, hasher = watched
    argon.gate.clear()
    tasks = [asyncio.ensure_future(hasher.hash(PASSWORD)) for _ in range(8)]
    await argon.until_running(2)
    argon.gate.set()
    await asyncio.gather(*tasks)
    assert argon.most == 2
    assert len(argon.threads) == 2


@pytest.mark.anyio
async def test_nothing_is_hashed_for_those_who_left_while_they_waited(
    watched: tuple[WatchedArgon2, Argon2Hasher],
) -> None:
    argon, hasher = watched
    argon.gate.clear()
    running = [asyncio.ensure_future(hasher.hash(PASSWORD)) for _ in range(2)]
    await argon.until_running(2)
    waiting = [asyncio.ensure_future(hasher.verify(PASSWORD, None)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    argon.gate.set()
    await asyncio.gather(*running)

    assert await hasher.verify(PASSWORD, await hasher.hash(PASSWORD))
    assert len(argon.against) == 1


@pytest.mark.anyio
async def test_who_would_wait_for_seconds_is_refused_at_once_and_there_is_room_again_later() -> None:
    argon = WatchedArgon2()
    hasher = Argon2Hasher(argon, workers=2, waiting=3)
    argon.gate.clear()
    tasks = [asyncio.ensure_future(hasher.hash(PASSWORD)) for _ in range(5)]
    await argon.until_running(2)

    for refused in (hasher.hash(PASSWORD), hasher.verify(PASSWORD, None)):
        with pytest.raises(HashingBusy) as refusal:
            await refused
        assert refusal.value.retry_after

    argon.gate.set()
    await asyncio.gather(*tasks)
    assert await hasher.verify(PASSWORD, await hasher.hash(PASSWORD))
    hasher.close()


@pytest.mark.anyio
async def test_nobody_costs_what_somebody_costs(watched: tuple[WatchedArgon2, Argon2Hasher]) -> None:
    argon, hasher = watched
    real = await hasher.hash(PASSWORD)

    await hasher.verify(PASSWORD, real)
    await hasher.verify(PASSWORD, None)

    real_cost, cost_of_nobody = (argon2.extract_parameters(str(made)) for made in argon.against)
    assert cost_of_nobody == real_cost
    assert len(argon.against[0]) == len(argon.against[1])


@pytest.mark.anyio
async def test_hashes_of_other_parameters_still_verify() -> None:
    older, newer = Argon2Hasher(CHEAP.hasher()), Argon2Hasher(Argon2Parameters(memory_kib=16, time_cost=2).hasher())
    made = await older.hash(PASSWORD)
    assert await newer.verify(PASSWORD, made) is True
    assert newer.outdated(made)
    assert not older.outdated(made)
    assert older.outdated(await newer.hash(PASSWORD))
    older.close()
    newer.close()


@pytest.mark.anyio
async def test_a_stored_hash_that_is_none_is_a_fault_and_not_a_wrong_password() -> None:
    hasher = Argon2Hasher(CHEAP.hasher())
    with pytest.raises(InvalidHashError):
        await hasher.verify(PASSWORD, "plain text")
    hasher.close()


@pytest.mark.anyio
async def test_the_settings_reach_the_hash() -> None:
    hasher = Argon2Hasher(Argon2Parameters(memory_kib=24, time_cost=3, parallelism=2).hasher())
    assert (await hasher.hash(PASSWORD)).startswith("$argon2id$v=19$m=24,t=3,p=2$")
    hasher.close()


@pytest.mark.parametrize(
    "wrong", [{"memory_kib": 7}, {"time_cost": 0}, {"parallelism": 0}, {"memory_kib": 15, "parallelism": 2}]
)
def test_parameters_that_argon2_would_refuse_later_are_refused_at_once(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"^argon2 needs"):
        Argon2Parameters(**wrong)


def test_the_defaults_are_owasps() -> None:
    assert Argon2Parameters() == Argon2Parameters(memory_kib=19 * 1024, time_cost=2, parallelism=1)
