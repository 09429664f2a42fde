"""Who asks is looked up once in five seconds, once for all who ask meanwhile, and anew after a change."""

import asyncio
from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.people import ADA, BOB
from tests.infrastructure.kernel.http_clients import until

from ollamanet.application.identity.ports import Identified
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.errors import TokenExpired
from ollamanet.domain.kernel.errors import StorageUnavailable, Unauthenticated
from ollamanet.infrastructure.identity.callers import Callers
from ollamanet.infrastructure.identity.refused_tokens import RefusedTokens

pytestmark = pytest.mark.anyio
AS_ADA, AS_BOB = Actor(ADA.id, name="ada"), Actor(BOB.id, name="bob")


class Source:
    """Knows some tokens, counts who asks, and answers when it is let."""

    def __init__(self) -> None:
        self.known = {"ada": AS_ADA, "ada2": AS_ADA, "bob": AS_BOB, "onk_ada": AS_ADA}
        self.refusal: Exception = Unauthenticated("unknown")
        self.expires_in = 900.0
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def is_asked(self, times: int) -> None:
        await until(lambda: len(self.asked) == times)

    async def identify(self, token: str) -> Identified:
        self.asked.append(token)
        found = self.known.get(token)
        await self.open.wait()
        if found is None:
            raise self.refusal
        return Identified(found, self.expires_in)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def callers(source: Source, clock: FixedClock) -> Callers:
    return Callers(source, clock)


async def test_a_token_is_looked_up_once_in_four_seconds(callers: Callers, source: Source, clock: FixedClock) -> None:
    assert callers.known("ada") is None
    assert await callers.verify("ada") == AS_ADA
    clock.advance(3.999)
    assert callers.known("ada") is await callers.verify("ada") is AS_ADA
    assert source.asked == ["ada"]

    clock.advance(0.001)
    assert callers.known("ada") is None
    assert await callers.verify("ada") == AS_ADA
    assert source.asked == ["ada", "ada"]


async def test_what_expires_sooner_is_remembered_shorter(callers: Callers, source: Source, clock: FixedClock) -> None:
    source.expires_in = 2.0
    await callers.verify("ada")
    clock.advance(2.0)
    assert callers.known("ada") is None


async def test_all_who_ask_meanwhile_share_one_look(callers: Callers, source: Source) -> None:
    source.open.clear()
    asking = [asyncio.create_task(callers.verify("ada")) for _ in range(50)]
    await asyncio.sleep(0)
    asking.pop().cancel()
    await asyncio.sleep(0)
    source.open.set()

    assert await asyncio.gather(*asking) == [AS_ADA] * 49
    assert source.asked == ["ada"]


async def test_one_who_leaves_alone_leaves_nothing_behind(callers: Callers, source: Source) -> None:
    source.open.clear()
    for token in ("ada", "nobody"):
        alone = asyncio.create_task(callers.verify(token))
        await asyncio.sleep(0)
        alone.cancel()
    source.open.set()
    for _ in range(5):
        await asyncio.sleep(0)

    assert callers.known("ada") == AS_ADA
    assert callers._asked == {}


async def test_a_flood_of_one_bad_token_is_one_look_a_second(
    callers: Callers, source: Source, clock: FixedClock
) -> None:
    for _ in range(100):
        with pytest.raises(Unauthenticated, match=r"^unknown$"):
            await callers.verify("nobody")
    assert source.asked == ["nobody"]

    clock.advance(1.0)
    source.known["nobody"] = AS_BOB
    assert await callers.verify("nobody") == AS_BOB


async def test_a_refusal_that_is_remembered_is_the_same_refusal(callers: Callers, source: Source) -> None:
    source.refusal = TokenExpired("its time is over")
    for _ in range(2):
        with pytest.raises(TokenExpired, match="its time is over"):
            await callers.verify("nobody")


async def test_what_nobody_knows_at_the_moment_is_asked_again(callers: Callers, source: Source) -> None:
    source.refusal = StorageUnavailable("try again")
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await callers.verify("nobody")
    assert source.asked == ["nobody"] * 2


@pytest.mark.parametrize("token", ["x" * 4097, "é", "\udcff"])
async def test_what_no_token_can_be_is_neither_looked_up_nor_remembered(
    callers: Callers, source: Source, token: str
) -> None:
    with pytest.raises(Unauthenticated, match="malformed"):
        await callers.verify(token)
    assert source.asked == []
    assert len(callers.refused) == 0


async def test_one_account_is_forgotten_at_once_with_all_its_tokens(callers: Callers, source: Source) -> None:
    for token in ("ada", "ada2", "bob"):
        await callers.verify(token)
    del source.known["ada"]

    callers.forget(ADA.id)

    assert [callers.known(token) for token in ("ada", "ada2", "bob")] == [None, None, AS_BOB]
    with pytest.raises(Unauthenticated):
        await callers.verify("ada")


async def test_everyone_is_forgotten_when_roles_change(callers: Callers) -> None:
    await callers.verify("ada")
    callers.forget_everyone()
    assert callers.known("ada") is None


async def test_an_answer_older_than_the_change_is_not_remembered(callers: Callers, source: Source) -> None:
    source.open.clear()
    before = asyncio.create_task(callers.verify("ada"))
    await source.is_asked(1)
    promoted = replace(AS_ADA, roles=frozenset({"Admin"}))
    source.known["ada"] = promoted
    callers.forget(ADA.id)
    after = asyncio.create_task(callers.verify("ada"))
    await source.is_asked(2)
    source.open.set()

    assert await asyncio.gather(before, after) == [AS_ADA, promoted]
    assert callers.known("ada") is promoted
    assert source.asked == ["ada", "ada"]


async def test_a_refusal_older_than_the_change_is_not_remembered(callers: Callers, source: Source) -> None:
    source.open.clear()
    before = asyncio.create_task(callers.verify("carol"))
    await source.is_asked(1)
    source.known["carol"] = AS_BOB
    callers.forget(BOB.id)
    source.open.set()

    with pytest.raises(Unauthenticated):
        await before
    assert await callers.verify("carol") == AS_BOB


async def test_keys_are_known_by_their_beginning(callers: Callers, source: Source, clock: FixedClock) -> None:
    with pytest.raises(Unauthenticated, match="API key"):
        await callers.verify("onk_ada")
    assert source.asked == []

    tokens = Source()
    both = Callers(tokens, clock, api_keys=source)
    assert await both.verify("onk_ada") == AS_ADA
    assert (tokens.asked, source.asked) == ([], ["onk_ada"])


def test_refusals_take_little_room(clock: FixedClock) -> None:
    refused = RefusedTokens(clock, size=2)
    for token in ("a", "b", "a", "c"):
        refused.put(token, Unauthenticated(token))

    assert len(refused) == 2
    refused.check("b")
    with pytest.raises(Unauthenticated, match=r"^a$"):
        refused.check("a")
