"""Which models a replica has: asked seldom, answered at once, remembered while it is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import listing, refusal
from tests.infrastructure.kernel.http_clients import fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import Peer, refusing_url, scripted_server

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.errors import CloudModelForbidden, NoHealthyReplica
from ollamanet.domain.kernel.errors import Kind
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_directory import DirectoryTimes, OllamaDirectory

pytestmark = pytest.mark.anyio
TIMES = DirectoryTimes(fresh=3, pause=1, timeout=30, resident_timeout=30)
LLAMA = {"name": "llama3.2:latest", "capabilities": ["completion", "tools"]}
EMBEDDER = {"name": "Nomic-Embed:v1.5", "capabilities": ["embedding"]}
BUSY = refusal(503, b'{"error":"server busy"}')


class Daemon:
    """Lists `models`, has `resident` loaded; `down` makes it refuse, `hold` makes it wait, `asked` counts lists."""

    def __init__(self) -> None:
        self.models: list[dict[str, object]] = [LLAMA, EMBEDDER]
        self.resident: list[dict[str, object]] = []
        self.asked = 0
        self.down = False
        self.resident_answers = True
        self.hold = asyncio.Event()
        self.hold.set()

    async def serve(self, peer: Peer) -> None:
        while request := await peer.request():
            if request.startswith(b"GET /api/tags "):
                self.asked += 1
                await self.hold.wait()
                await peer.send(BUSY if self.down else listing(self.models))
            elif self.resident_answers:
                await peer.send(listing(self.resident))


@asynccontextmanager
async def directory_of(
    daemon: Daemon, clock: HandClock, times: DirectoryTimes = TIMES
) -> AsyncIterator[OllamaDirectory]:
    async with scripted_server(daemon.serve) as server, fast_transport() as transport:
        directory = OllamaDirectory(OllamaApi(ReplicaAddress(server.url), transport), clock, times)
        yield directory
        await directory.aclose()


def name(text: str) -> ModelName:
    return ModelName.parse(text)


async def test_finds_a_model_without_regard_to_case_and_says_what_it_can() -> None:
    daemon, clock = Daemon(), HandClock()
    daemon.resident = [{"name": "LLAMA3.2:latest"}]
    async with directory_of(daemon, clock) as directory:
        assert await directory.find(name("Llama3.2")) == InstalledModel(
            name("llama3.2"), frozenset({"completion", "tools"}), resident=True
        )
        assert await directory.find(name("nomic-embed:V1.5")) == InstalledModel(
            name("Nomic-Embed:v1.5"), frozenset({"embedding"}), resident=False
        )
        assert [model.name.key for model in await directory.models()] == ["llama3.2:latest", "nomic-embed:v1.5"]
        assert daemon.asked == 1


async def test_a_crowd_shares_one_question() -> None:
    daemon = Daemon()
    daemon.hold.clear()
    async with directory_of(daemon, HandClock()) as directory:
        crowd = [asyncio.create_task(directory.find(name("llama3.2"))) for _ in range(50)]
        await until(lambda: daemon.asked == 1)
        crowd[0].cancel()
        daemon.hold.set()
        found = await asyncio.gather(*crowd, return_exceptions=True)

        assert isinstance(found[0], asyncio.CancelledError)
        assert {model.name.key for model in found if isinstance(model, InstalledModel)} == {"llama3.2:latest"}
        assert daemon.asked == 1


async def test_an_old_answer_is_given_out_while_a_new_one_is_fetched() -> None:
    daemon, clock = Daemon(), HandClock()
    async with directory_of(daemon, clock) as directory:
        await directory.first_chat_model()
        clock.passes(3.1)
        daemon.models = [{"name": "aya:8b", "capabilities": ["completion"]}]
        daemon.hold.clear()

        assert await directory.first_chat_model() == name("llama3.2")
        daemon.hold.set()
        await until(lambda: daemon.asked == 2)
        for _ in range(1000):
            if (first := await directory.first_chat_model()) == name("aya:8b"):
                break
            await asyncio.sleep(0.001)
        assert (first, daemon.asked) == (name("aya:8b"), 2)


async def test_asks_again_before_it_says_that_a_model_is_not_there_but_not_more_than_once_a_second() -> None:
    daemon, clock = Daemon(), HandClock()
    async with directory_of(daemon, clock) as directory:
        await directory.first_chat_model()
        for _ in range(3):
            assert await directory.find(name("brand-new")) is None
        assert daemon.asked == 1

        clock.passes(1.1)
        daemon.models = [LLAMA, {"name": "brand-new:latest"}]
        found = await directory.find(name("brand-new"))
        assert found is not None
        assert (found.capabilities, found.resident, daemon.asked) == (frozenset(), False, 2)


async def test_remembers_while_the_replica_is_down() -> None:
    daemon, clock = Daemon(), HandClock()
    async with directory_of(daemon, clock) as directory:
        await directory.first_chat_model()
        daemon.down = True
        for asked in (2, 3):
            clock.passes(60)
            found = await directory.find(name("llama3.2"))
            assert found is not None
            await until(lambda asked=asked: daemon.asked == asked)

        assert await directory.find(name("nothing-new")) is None


async def test_says_that_the_replica_is_down_when_nothing_is_known_and_tries_again_later() -> None:
    daemon, clock = Daemon(), HandClock()
    daemon.down = True
    async with directory_of(daemon, clock) as directory:
        for _ in range(3):
            with pytest.raises(NoHealthyReplica) as caught:
                await directory.find(name("llama3.2"))
            assert caught.value.retry_after
        assert daemon.asked == 1

        daemon.down = False
        clock.passes(1.1)
        assert await directory.find(name("llama3.2")) is not None


async def test_nothing_listens() -> None:
    async with fast_transport() as transport:
        directory = OllamaDirectory(OllamaApi(ReplicaAddress(refusing_url()), transport), HandClock(), TIMES)
        with pytest.raises(NoHealthyReplica, match="cannot be reached"):
            await directory.first_chat_model()


async def test_a_replica_that_cannot_say_what_is_loaded_still_lists_its_models() -> None:
    daemon, clock = Daemon(), HandClock()
    daemon.resident = [LLAMA]
    async with directory_of(daemon, clock, DirectoryTimes(resident_timeout=0.3)) as directory:
        await directory.first_chat_model()
        daemon.resident_answers = False
        clock.passes(2)
        assert await directory.find(name("other")) is None
        found = await directory.find(name("llama3.2"))

        assert found is not None
        assert (found.resident, daemon.asked) == (True, 2)


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
    async with directory_of(daemon, HandClock()) as directory:
        found = await directory.first_chat_model()

        assert (str(found) if found else None) == first


CLOUD = [{"name": "gpt:cloud", "remote_host": "https://ollama.com"}, {"name": "ours", "remote_host": "https://o.com"}]


async def test_a_model_of_the_cloud_is_refused_by_its_name_without_asking_and_another_name_of_it_is_not_there() -> None:
    daemon = Daemon()
    daemon.models = [*CLOUD, {"name": "kimi:1t-cloud"}, LLAMA]
    async with directory_of(daemon, HandClock()) as directory:
        for each in ("gpt:cloud", "Kimi:1T-Cloud"):
            with pytest.raises(CloudModelForbidden, match="Ollama's cloud") as refused:
                await directory.find(name(each))
            assert (refused.value.code, refused.value.kind) == ("forbidden", Kind.FORBIDDEN)
        assert daemon.asked == 0
        assert await directory.find(name("ours")) is None
        assert [str(model.name) for model in await directory.models()] == ["llama3.2:latest"]


async def test_models_of_the_cloud_are_there_where_they_are_allowed_even_those_that_no_list_has() -> None:
    daemon = Daemon()
    daemon.models = CLOUD
    async with scripted_server(daemon.serve) as server, fast_transport() as transport:
        api = OllamaApi(ReplicaAddress(server.url), transport)
        directory = OllamaDirectory(api, HandClock(), TIMES, allow_cloud=True)
        unlisted, listed = await directory.find(name("kimi:1t-cloud")), await directory.find(name("ours"))

        assert unlisted == InstalledModel(name("kimi:1t-cloud"), frozenset(), resident=True)
        assert listed == InstalledModel(name("ours"), frozenset(), resident=False)
        assert [str(model.name) for model in await directory.models()] == ["gpt:cloud", "ours:latest"]
        await directory.aclose()
