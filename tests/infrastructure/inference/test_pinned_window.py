"""A model's window is pinned: no request makes the daemon load it anew, and a prompt that it cut is told of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from tests.fakes.inference.one_profile import OneProfile
from tests.infrastructure.inference.fleets import becomes, fleet_of
from tests.infrastructure.inference.ollama_answers import request
from tests.infrastructure.inference.ollama_daemon import PATIENT, heard
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.simulator.daemons import daemon

from ollamanet.application.inference.fitted_profiles import FittedProfiles
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.domain.inference.errors import CloudModelForbidden
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Sampling, Turn
from ollamanet.domain.kernel.errors import PromptTooLarge
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Finished
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.inference.ollama_request import LOAD_TIME_OPTIONS
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.options import ModelSpec, SimulatorOptions
from ollamanet.infrastructure.simulator.server import running_simulator

pytestmark = pytest.mark.anyio
OPTIONS = SimulatorOptions(
    port=0,
    models=(ModelSpec(name="native"), ModelSpec(name="rendered", path="rendered")),
    tokens_per_second=0,
    prompt_tokens_per_second=0,
    load_seconds=0,
    unload_seconds=0,
    reply_tokens=6,
)
RENDERED = ModelName.parse("rendered")
PROFILE = ModelProfile(num_ctx=4096, keep_alive=600.0)


@dataclass(frozen=True, slots=True)
class Rig:
    simulator: Simulator
    transport: FastTransport
    address: ReplicaAddress
    profiles: OneProfile
    estimates: TokenCalibration

    async def ask(self, asked: ReplyRequest, *, pinned: bool = True) -> Finished:
        profiles = self.profiles if pinned else None
        chat = OllamaChat(self.address, self.transport, PATIENT, lambda: "made", profiles=profiles)
        deltas, failure = await heard(await chat.open(asked, timeout=30))
        assert failure is None
        finished = deltas[-1]
        assert isinstance(finished, Finished)
        return finished

    async def audited(self, *said: str) -> bool:
        """Whether a chat of these turns counts as cut."""
        turns = tuple(Turn(Role.USER, text) for text in said)
        tokens = sum(map(self.estimates.counter(RENDERED), turns)) + self.estimates.overhead(RENDERED)
        asked = replace(request(model="rendered"), turns=turns, prompt_tokens=tokens)
        return PromptAudit(self.estimates, self.profiles)(asked, (await self.ask(asked)).usage)

    async def used_for_a_while(self) -> None:
        for number in range(300):
            assert not await self.audited("plain words of a question " * (10 + number % 40))


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_simulator(OPTIONS) as running, fast_transport() as transport:
        address = ReplicaAddress(running.base_url)
        yield Rig(running.simulator, transport, address, OneProfile(PROFILE), TokenCalibration())


async def test_no_client_makes_the_model_load_anew(rig: Rig) -> None:
    await rig.ask(request(model="native"))
    for option in sorted(LOAD_TIME_OPTIONS):
        await rig.ask(request(model="native", sampling=Sampling(options={option: 2, "temperature": 0.1})))

    assert (rig.simulator.counters.loads, rig.simulator.counters.reloads) == (1, 0)


async def test_the_window_is_that_of_the_profile(rig: Rig) -> None:
    rig.profiles.profile = ModelProfile(num_ctx=64)
    with pytest.raises(PromptTooLarge, match="64"):
        await rig.ask(request("word " * 100, model="native"))

    assert (await rig.ask(request("word " * 100, model="native"), pinned=False)).usage.prompt_tokens == 108


async def test_a_request_without_the_pin_would_load_the_model_anew(rig: Rig) -> None:
    rig.profiles.profile = ModelProfile(num_ctx=2048)
    await rig.ask(request(model="native"))
    await rig.ask(request(model="native"), pinned=False)

    assert rig.simulator.counters.reloads == 1


async def test_a_message_that_was_cut_to_half_the_window_is_told_of(rig: Rig) -> None:
    await rig.used_for_a_while()

    assert await rig.audited("plain words of a question " * 1000)
    assert not await rig.audited("plain words of a question " * 500)


async def test_turns_that_were_dropped_for_want_of_room_are_told_of(rig: Rig) -> None:
    await rig.used_for_a_while()
    turns = ["plain words of a question " * 300] * 5

    assert await rig.audited(*turns)
    assert not await rig.audited(*turns[:2])


async def test_a_window_that_the_model_was_not_trained_for_is_none(rig: Rig) -> None:
    short = ModelSpec(name="short", path="rendered", trained_context=2048)
    async with daemon(models=(short,)) as ollama, fleet_of(ollama.base_url) as small:
        model = ModelName("short")
        await small.fleet.find(model)
        await becomes(lambda: small.fleet.trained(model) == 2048)
        assert small.fleet.trained(ModelName("gone")) is None
        fitted = FittedProfiles(rig.profiles, small.fleet.trained).of(model)
        assert (fitted.num_ctx, fitted.prompt_tokens) == (2048, 2048 - fitted.expected_output)

        asked = replace(request("plain words of a question " * 600, model="short"), prompt_tokens=3600)
        chat = OllamaChat(
            ReplicaAddress(ollama.base_url), rig.transport, PATIENT, lambda: "made", profiles=rig.profiles
        )
        deltas, _ = await heard(await chat.open(asked, timeout=30))
        finished = deltas[-1]
        assert isinstance(finished, Finished)
        assert (finished.usage.prompt_tokens or 0) < 2048
        await rig.used_for_a_while()
        asked = replace(asked, model=RENDERED)
        assert PromptAudit(rig.estimates, FittedProfiles(rig.profiles, lambda _: 2048))(asked, finished.usage)


async def test_nothing_is_said_of_a_prompt_that_was_over_estimated(rig: Rig) -> None:
    for _ in range(50):
        assert not await rig.audited("1234567890" * 300)
        assert not await rig.audited(" \n" * 6000 + "word")


async def test_a_model_of_the_cloud_is_never_asked(rig: Rig) -> None:
    with pytest.raises(CloudModelForbidden):
        await rig.ask(request(model="native:cloud"))

    assert rig.simulator.counters.requests.total() == 0
