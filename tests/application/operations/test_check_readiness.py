"""Whether the service can do its job, asked by many at once and answered once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.kernel.virtual_time import LoopClock, in_virtual_time
from tests.fakes.operations.scripted_probe import ScriptedProbe

from ollamanet.application.operations.queries.check_readiness import CheckReadinessHandler, Health, Readiness, State

pytestmark = pytest.mark.anyio

DOWN = ValueError("broken")


def probes(prefix: str, wells: list[bool]) -> list[ScriptedProbe]:
    return [ScriptedProbe(f"{prefix}{number}", failure=None if well else DOWN) for number, well in enumerate(wells)]


def handler(
    database: ScriptedProbe, replicas: list[ScriptedProbe], others: list[ScriptedProbe]
) -> CheckReadinessHandler:
    return CheckReadinessHandler(database, replicas, others, LoopClock())


@given(
    database=st.booleans(),
    replicas=st.lists(st.booleans(), max_size=3),
    others=st.lists(st.booleans(), max_size=2),
)
def test_is_up_when_all_is_and_down_when_it_cannot_work(
    database: bool, replicas: list[bool], others: list[bool]
) -> None:
    (first,) = probes("database", [database])
    found = in_virtual_time(handler(first, probes("replica", replicas), probes("other", others))())

    assert (found.state is State.DOWN) == (not database or not any(replicas))
    assert (found.state is State.UP) == (database and replicas != [] and all(replicas) and all(others))
    assert [health.state is State.UP for health in found.replicas] == replicas
    assert [health.state is State.UP for health in found.others] == others


async def test_asks_those_replicas_that_there_are_by_then() -> None:
    replicas = [ScriptedProbe("a:1")]
    check = handler(ScriptedProbe("sqlite"), replicas, [])
    assert (await check()).state is State.UP

    replicas.append(ScriptedProbe("b:2", failure=DOWN))
    await asyncio.sleep(2.0)
    found = await check()
    assert (found.state, [health.name for health in found.replicas]) == (State.DEGRADED, ["a:1", "b:2"])


async def test_tells_of_each_how_fast_it_was_or_what_is_wrong() -> None:
    database = ScriptedProbe("sqlite", takes=0.25)
    replicas = [ScriptedProbe("a:1"), ScriptedProbe("b:2", takes=60.0), ScriptedProbe("c:3", failure=DOWN)]
    others = [ScriptedProbe("redis", failure=ConnectionError())]

    assert await handler(database, replicas, others)() == Readiness(
        State.DEGRADED,
        Health("sqlite", State.UP, 0.25),
        (
            Health("a:1", State.UP, 0.0),
            Health("b:2", State.DOWN, detail="no answer within 2 s"),
            Health("c:3", State.DOWN, detail="broken"),
        ),
        (Health("redis", State.DOWN, detail="ConnectionError"),),
    )


async def test_asks_all_at_once() -> None:
    database, replica, other = (ScriptedProbe(name, takes=1.5) for name in ("database", "replica", "other"))
    await handler(database, [replica], [other])()

    assert LoopClock().monotonic() == 1001.5


async def test_one_answer_serves_all_who_ask_meanwhile() -> None:
    database, replica = ScriptedProbe("database", takes=0.5), ScriptedProbe("replica")
    check = handler(database, [replica], [])
    found = await asyncio.gather(*(check() for _ in range(50)))
    await asyncio.sleep(0.4)
    found.append(await check())

    assert database.asked == replica.asked == 1
    assert all(each is found[0] for each in found)


async def test_after_a_second_it_asks_again() -> None:
    database, replica = ScriptedProbe("database"), ScriptedProbe("replica")
    check = handler(database, [replica], [])
    assert (await check()).state is State.UP
    replica.failure = DOWN
    await asyncio.sleep(0.9)
    assert (await check()).state is State.UP
    await asyncio.sleep(0.1)

    assert (await check()).state is State.DOWN
    assert database.asked == 2


async def test_what_hangs_is_not_asked_again_while_it_hangs() -> None:
    database, replica = ScriptedProbe("database", takes=60.0), ScriptedProbe("replica")
    check = handler(database, [replica], [])
    asking = []
    for _ in range(19):
        asking.append(asyncio.ensure_future(check()))
        await asyncio.sleep(0.1)
        assert database.asking == 1
    answers = await asyncio.gather(*asking)

    assert {answer.database.detail for answer in answers} == {"no answer within 2 s"}


async def test_a_caller_who_leaves_does_not_take_the_answer_with_him() -> None:
    database, replica = ScriptedProbe("database", takes=1.0), ScriptedProbe("replica")
    check = handler(database, [replica], [])
    leaving, staying = asyncio.ensure_future(check()), asyncio.ensure_future(check())
    await asyncio.sleep(0.5)
    leaving.cancel()

    assert (await staying).state is State.UP
    assert leaving.cancelled()
    assert database.asked == 1


async def test_a_cancelled_probe_is_not_left_running() -> None:
    database = ScriptedProbe("database", takes=60.0)
    await handler(database, [ScriptedProbe("replica")], [])()

    assert database.asking == 0
