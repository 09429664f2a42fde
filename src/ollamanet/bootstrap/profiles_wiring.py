"""Model profiles, joined: chosen once at the start, and their models kept loaded."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import httpx
import structlog

from ollamanet.application.inference.queries.get_active_profile import GetActiveProfileHandler
from ollamanet.application.kernel.clock import Clock
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.settings_models import ModelsInvalid, models_file, read_profiles
from ollamanet.bootstrap.storage import StartRefused
from ollamanet.domain.inference.active_profile import ActiveProfile
from ollamanet.domain.inference.hardware_profile import Choice, Hardware, choose_profile
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.infrastructure.inference import models_file_values as values
from ollamanet.infrastructure.inference.hardware_detection import detected
from ollamanet.infrastructure.inference.model_warmer import ModelWarmer
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.warm_models import WarmModel
from ollamanet.infrastructure.inference.warm_replica import InUse, LoadsChanged, unheard, unused

_KEPT_FOR: Final = 1800.0
"""Seconds that a pre-warmed model stays loaded where its profile does not say."""


@dataclass(frozen=True, slots=True)
class ChosenProfile:
    """The profile in force.

    Attributes:
        active: satisfies `ModelProfiles`, and knows the deadlines of every class.
        choice: which, and why.
        hardware: what it is based on.
        profiles: the names of all there are.
        shipped: they are those of the package.
    """

    active: ActiveProfile
    choice: Choice
    hardware: Hardware
    profiles: tuple[str, ...]
    shipped: bool


async def choose_active(settings: Settings) -> ChosenProfile:
    """Read the file and look at the machine; takes some seconds at most, where a driver hangs.

    Raises:
        StartRefused: the file was good when the settings were read, and is so no more.
    """
    models, queue = settings.models, settings.queue
    file = models_file(models.file)
    try:
        profiles = read_profiles(file, models.profile)
    except ModelsInvalid as invalid:
        raise StartRefused(f"the model profiles cannot be used: {invalid}") from invalid
    stated = None if models.gpu_memory is None else values.memory(models.gpu_memory)
    found = await detected()
    hardware = located(replace(found, stated=stated), settings.pool.replicas)
    choice = choose_profile(profiles, hardware, models.profile)
    service = ModelProfile(prompt_tokens=queue.prompt_tokens)
    active = ActiveProfile(choice.profile, service, queue=queue.queue_timeout_s, total=queue.request_timeout_s)
    _tell(choice, active, service)
    return ChosenProfile(active, choice, hardware, tuple(profile.name for profile in profiles), file is None)


def _tell(choice: Choice, active: ActiveProfile, service: ModelProfile) -> None:
    log = structlog.get_logger()
    log.info("profile", component=choice.profile.name, detail=choice.why)
    room = active.default.prompt_tokens
    if choice.profile.default.prompt_tokens is None and room < service.prompt_tokens:
        detail = f"num_ctx {active.default.num_ctx} has room for prompts of {room} tokens, not {service.prompt_tokens}"
        log.warning("prompt limit is lowered", component=choice.profile.name, detail=detail)


def located(hardware: Hardware, replicas: Iterable[str]) -> Hardware:
    """The hardware, and which of the replicas (base URLs) it is not that of."""
    urls = list(replicas)
    elsewhere = tuple(ReplicaAddress(url).name for url in urls if not _is_here(httpx.URL(url).host))
    return replace(hardware, local=len(elsewhere) < len(urls), remote=elsewhere)


def _is_here(host: str) -> bool:
    if host.casefold() in {"localhost", socket.gethostname().casefold()} or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def kept_warm(
    chosen: ChosenProfile,
    settings: Settings,
    replicas: Callable[[], Sequence[OllamaApi]],
    clock: Clock,
    *,
    in_use: InUse = unused,
    changed: LoadsChanged = unheard,
) -> AsyncIterator[GetActiveProfileHandler]:
    """Keep the profile's models loaded meanwhile, and tell about the profile.

    Args:
        chosen: the profile.
        settings: whether models are kept loaded.
        replicas: gives those that there are; asked again and again.
        clock: for the times between two requests.
        in_use: the models (`ModelName.key`) that requests run on, or wait for, at the replica of a name.
        changed: told of every replica that had models loaded or left because of this.
    """
    warmer = ModelWarmer(replicas, _to_keep(chosen), clock, in_use=in_use, changed=changed)
    on = settings.models.prewarm == "on"
    if on:
        warmer.start()
    try:
        yield GetActiveProfileHandler(
            active=chosen.active,
            choice=chosen.choice,
            profiles=chosen.profiles,
            hardware=chosen.hardware,
            shipped=chosen.shipped,
            warm=warmer if on else None,
        )
    finally:
        await warmer.aclose()


def _to_keep(chosen: ChosenProfile) -> list[WarmModel]:
    profiles = [(model, chosen.active.of(model)) for model in chosen.choice.profile.prewarm]
    return [
        WarmModel(model, profile.num_ctx, _KEPT_FOR if profile.keep_alive is None else profile.keep_alive)
        for model, profile in profiles
    ]
