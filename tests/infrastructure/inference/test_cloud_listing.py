"""What a replica would forward to Ollama's cloud is listed only where that is allowed."""

from dataclasses import replace

import pytest
from tests.infrastructure.inference.fleets import SLOW, becomes, fleet_of
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import listing
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.kernel.http_scripted_server import Peer, scripted_server

from ollamanet.application.inference.replica_ports import ReplicaOptions
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.infrastructure.inference.model_traits import ModelTraits
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.replica_models import ListingTimes, ReplicaModels

ENTRIES: list[dict[str, object]] = [
    {"name": "llama3.2:latest"},
    {"name": "kimi:1t-cloud"},
    {"name": "ours:latest", "remote_host": "https://ollama.com"},
]


VERSION = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{"version": "0.34.0"}'


async def serve_all(peer: Peer) -> None:
    while asked := await peer.request():
        await peer.send(VERSION if b"/api/version" in asked else listing([] if b"/api/ps" in asked else ENTRIES))


async def serve(peer: Peer) -> None:
    while await peer.request():
        await peer.send(listing(ENTRIES))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("allowed", "expected"),
    [(False, {"llama3.2:latest"}), (True, {"llama3.2:latest", "kimi:1t-cloud", "ours:latest"})],
)
async def test_models_of_the_cloud_are_listed_only_where_they_are_allowed(allowed: bool, expected: set[str]) -> None:
    async with scripted_server(serve) as server, fast_transport() as transport:
        models = ReplicaModels(
            OllamaApi(ReplicaAddress(server.url), transport),
            HandClock(),
            ModelTraits(),
            ListingTimes(),
            lambda: None,
            lambda: None,
            allow_cloud=allowed,
        )
        asking = models.begin()
        assert asking is not None
        await asking
        await models.aclose()

    assert models.known is not None
    assert models.known.keys() == expected


@pytest.mark.anyio
async def test_the_scheduler_is_told_which_models_need_no_memory() -> None:
    allowed = replace(SLOW, allow_cloud=True)
    async with scripted_server(serve_all) as server, fleet_of(server.url, policy=allowed) as rig:
        (name,) = rig.ids
        await becomes(lambda: bool(rig.told.specs[name].installed))

        assert rig.told.specs[name].installed.keys() == {"llama3.2:latest", "kimi:1t-cloud", "ours:latest"}
        assert rig.told.specs[name].forwarded == {"kimi:1t-cloud", "ours:latest"}
        other = rig.add(server.url, ReplicaOptions(models=frozenset({"llama3.2:latest"})), replica=ReplicaId("other"))
        await becomes(lambda: bool(rig.told.specs[other].installed))
        assert rig.told.specs[other].forwarded == frozenset()
