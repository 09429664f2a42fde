"""What a replica lists: asked seldom, answered at once, remembered while it is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.infrastructure.inference.fleets import Rig, becomes, fleet_of
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import listing, refusal
from tests.infrastructure.kernel.http_clients import until
from tests.infrastructure.kernel.http_scripted_server import Peer, scripted_server

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.fleet_parts import FleetPolicy
from ollamanet.infrastructure.inference.replica_models import ListingTimes

pytestmark = pytest.mark.anyio
TIMES = ListingTimes(fresh=3, pause=1, timeout=30, loaded_timeout=30)
LLAMA = {"name": "llama3.2:latest", "capabilities": ["completion", "tools"]}
EMBEDDER = {"name": "Nomic-Embed:v1.5", "capabilities": ["embedding"]}
BUSY = refusal(503, b'{"error":"server busy"}')


class Daemon:
    """Lists `models`, has `loaded` loaded; `down` makes it refuse, `hold` makes it wait, `asked` counts lists."""

    def __init__(self) -> None:
        self.models: list[dict[str, object]] = [LLAMA, EMBEDDER]
        self.loaded: list[dict[str, object]] = []
        self.asked = 0
        self.down = False
        self.knows_what_is_loaded = True
        self.hold = asyncio.Event()
        self.hold.set()

    async def serve(self, peer: Peer) -> None:
        while request := await peer.request():
            if request.startswith(b"GET /api/tags "):
                self.asked += 1
                await self.hold.wait()
                await peer.send(BUSY if self.down else listing(self.models))
            elif self.knows_what_is_loaded:
                await peer.send(listing(self.loaded))


@asynccontextmanager
async def replica_of(daemon: Daemon, times: ListingTimes = TIMES) -> AsyncIterator[tuple[Rig, HandClock]]:
    """In front of the daemon, asked only when a test asks."""
    clock = HandClock()
    async with (
        scripted_server(daemon.serve) as server,
        fleet_of(server.url, policy=FleetPolicy(listings=times), clock=clock, started=False) as rig,
    ):
        yield rig, clock


def name(text: str) -> ModelName:
    return ModelName.parse(text)


async def test_finds_a_model_without_regard_to_case_and_says_what_it_can() -> None:
    daemon = Daemon()
    daemon.loaded = [{"name": "LLAMA3.2:latest"}]
    async with replica_of(daemon) as (rig, _):
        assert await rig.fleet.find(name("Llama3.2")) == InstalledModel(
            name("llama3.2"), frozenset({"completion", "tools"}), resident=True
        )
        assert await rig.fleet.find(name("nomic-embed:V1.5")) == InstalledModel(
            name("Nomic-Embed:v1.5"), frozenset({"embedding"}), resident=False
        )
        (status,) = rig.fleet.statuses()
        assert [model.name.key for model in status.models] == ["llama3.2:latest", "nomic-embed:v1.5"]
        assert daemon.asked == 1


async def test_a_question_goes_on_when_one_of_those_who_share_it_leaves() -> None:
    daemon = Daemon()
    daemon.hold.clear()
    async with replica_of(daemon) as (rig, _):
        crowd = [asyncio.create_task(rig.fleet.find(name("llama3.2"))) for _ in range(50)]
        await until(lambda: daemon.asked == 1)
        crowd[0].cancel()
        daemon.hold.set()
        found = await asyncio.gather(*crowd, return_exceptions=True)

        assert isinstance(found[0], asyncio.CancelledError)
        assert all(isinstance(each, InstalledModel) for each in found[1:])
        assert daemon.asked == 1


async def test_an_old_answer_is_given_out_while_a_new_one_is_fetched() -> None:
    daemon = Daemon()
    async with replica_of(daemon) as (rig, clock):
        await rig.fleet.first_chat_model()
        clock.passes(3.1)
        daemon.models = [{"name": "aya:8b", "capabilities": ["completion"]}]
        daemon.hold.clear()

        assert await rig.fleet.first_chat_model() == name("llama3.2")
        daemon.hold.set()
        await becomes(lambda: set(rig.told.specs[rig.ids[0]].installed) == {"aya:8b"})
        assert (await rig.fleet.first_chat_model(), daemon.asked) == (name("aya:8b"), 2)


async def test_asks_again_before_it_says_that_a_model_is_not_there_but_not_more_than_once_a_second() -> None:
    daemon = Daemon()
    async with replica_of(daemon) as (rig, clock):
        await rig.fleet.first_chat_model()
        for _ in range(3):
            assert await rig.fleet.find(name("brand-new")) is None
        assert daemon.asked == 1

        clock.passes(1.1)
        daemon.models = [LLAMA, {"name": "brand-new:latest"}]
        found = await rig.fleet.find(name("brand-new"))
        assert found is not None
        assert (found.capabilities, found.resident, daemon.asked) == (frozenset(), False, 2)


async def test_remembers_while_the_replica_is_down() -> None:
    daemon = Daemon()
    async with replica_of(daemon) as (rig, clock):
        await rig.fleet.first_chat_model()
        daemon.down = True
        for asked in (2, 3):
            clock.passes(60)
            assert await rig.fleet.find(name("llama3.2")) is not None
            await until(lambda asked=asked: daemon.asked == asked)

        assert await rig.fleet.find(name("nothing-new")) is None


async def test_says_that_the_replica_is_down_when_nothing_is_known_and_tries_again_later() -> None:
    daemon = Daemon()
    daemon.down = True
    async with replica_of(daemon) as (rig, clock):
        for _ in range(3):
            with pytest.raises(NoHealthyReplica) as caught:
                await rig.fleet.find(name("llama3.2"))
            assert caught.value.retry_after
        assert daemon.asked == 1

        daemon.down = False
        clock.passes(1.1)
        assert await rig.fleet.find(name("llama3.2")) is not None


async def test_one_that_cannot_say_what_is_loaded_still_lists_its_models() -> None:
    daemon = Daemon()
    daemon.knows_what_is_loaded = False
    async with replica_of(daemon, ListingTimes(loaded_timeout=0.1)) as (rig, _):
        found = await rig.fleet.find(name("llama3.2"))

        assert found is not None
        assert found.resident is False


@pytest.mark.parametrize(
    ("models", "first"),
    [
        ([], None),
        ([EMBEDDER], None),
        ([LLAMA, {"name": "aya:8b", "capabilities": ["completion"]}], "aya:8b"),
        ([{"name": "all-minilm:latest", "details": {"family": "bert"}}, {"name": "old:latest"}], "old:latest"),
        ([{"name": "all-minilm:latest", "details": {"family": "nomic-bert"}}], None),
        ([{"name": "gpt:cloud", "remote_host": "https://ollama.com"}, {"name": "../odd"}, LLAMA], "llama3.2:latest"),
        ([{"name": "a:latest", "details": {"family": None}, "capabilities": None}], "a:latest"),
    ],
)
async def test_the_first_model_that_can_chat(models: list[dict[str, object]], first: str | None) -> None:
    daemon = Daemon()
    daemon.models = models
    async with replica_of(daemon) as (rig, _):
        found = await rig.fleet.first_chat_model()

        assert (str(found) if found else None) == first
