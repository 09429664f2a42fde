"""Profiles for machines of different sizes, and the choice of the one that fits what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ollamanet.domain.inference.model_profile import ProfileEntry
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName

_GB = 10**9


class Memory(StrEnum):
    """Whose memory holds the models."""

    GPU = "gpu_memory"
    SYSTEM = "system_memory"


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """How long requests of one workload class may take, in seconds (> 0); None leaves it to the service.

    Attributes:
        queue: waiting for a slot.
        total: everything, waiting included.
    """

    queue: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class HardwareProfile:
    """What suits machines of one size.

    Attributes:
        name: how people call it.
        memory: whose memory it is for.
        least: bytes of it that a machine has to have, >= 0.
        default: for models that are not among `models`.
        models: by the name as written, casefolded: `name:tag` for one model, `name` for all its tags.
        prewarm: models that are loaded at start and kept loaded, the most important first.
        classes: by workload class.
    """

    name: str
    memory: Memory
    least: int
    default: ProfileEntry = field(default_factory=ProfileEntry)
    models: Mapping[str, ProfileEntry] = field(default_factory=dict)
    prewarm: tuple[ModelName, ...] = ()
    classes: Mapping[Priority, ClassEntry] = field(default_factory=dict)

    def entry(self, model: ModelName) -> ProfileEntry:
        """What is said about a model: its own entry, over that of its family, over the default."""
        entry = self.default
        for name in (model.family.casefold(), model.key):
            if (found := self.models.get(name)) is not None:
                entry = found.over(entry)
        return entry


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card: its name, and its memory in bytes."""

    name: str
    memory: int


@dataclass(frozen=True, slots=True)
class Hardware:
    """What is known about where the models run.

    Attributes:
        gpus: of this machine.
        system_memory: bytes of this machine; None if it could not be found out.
        stated: bytes of GPU memory that an operator says there are; goes before what was found.
        local: a replica runs on this machine.
        remote: replicas that run on others, by name.
    """

    gpus: tuple[Gpu, ...] = ()
    system_memory: int | None = None
    stated: int | None = None
    local: bool = True
    remote: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The profile that is used, and one or more sentences that say why."""

    profile: HardwareProfile
    why: str


def choose_profile(profiles: Sequence[HardwareProfile], hardware: Hardware, forced: str | None = None) -> Choice:
    """The largest profile that the hardware is enough for.

    GPUs count together, as Ollama spreads a model over several; machines without enough of their memory are taken
    by their system memory, and whatever nothing is known about gets the smallest profile.

    Args:
        profiles: 1..n, in any order, no two with the same needs.
        hardware: what is known.
        forced: the name of one of them, which is then used whatever the hardware.
    """
    if forced is not None:
        named = next(profile for profile in profiles if profile.name == forced)
        return Choice(named, f"OLLAMANET_PROFILE names it.{_elsewhere(hardware)}")
    if hardware.stated is not None:
        words = f"OLLAMANET_GPU_MEMORY states {_gb(hardware.stated)} of GPU memory"
        return _fitting(profiles, Memory.GPU, hardware.stated, words) or _smallest(profiles, words)
    if not hardware.local and hardware.remote:
        return _smallest(
            profiles, f"Every replica ({', '.join(hardware.remote)}) is on another machine, which is not seen from here"
        )
    return _by_what_was_found(profiles, hardware)


def _by_what_was_found(profiles: Sequence[HardwareProfile], hardware: Hardware) -> Choice:
    words = f"This machine has {_gpus(hardware.gpus)}"
    choice = _fitting(profiles, Memory.GPU, sum(gpu.memory for gpu in hardware.gpus), words) if hardware.gpus else None
    if choice is None and hardware.system_memory is not None:
        words += f" and {_gb(hardware.system_memory)} of system memory"
        choice = _fitting(profiles, Memory.SYSTEM, hardware.system_memory, words)
    choice = choice or _smallest(profiles, words)
    return Choice(choice.profile, choice.why + _elsewhere(hardware))


def _fitting(profiles: Sequence[HardwareProfile], memory: Memory, there: int, words: str) -> Choice | None:
    enough = [profile for profile in profiles if profile.memory is memory and profile.least <= there]
    if not enough:
        return None
    best = max(enough, key=lambda profile: profile.least)
    return Choice(best, f"{words}; '{best.name}' is for {_gb(best.least)} and more.")


def _smallest(profiles: Sequence[HardwareProfile], words: str) -> Choice:
    least = min(profiles, key=lambda profile: (profile.memory is Memory.GPU, profile.least))
    advice = "OLLAMANET_PROFILE or OLLAMANET_GPU_MEMORY can say better"
    return Choice(least, f"{words}; '{least.name}' asks for least. {advice}.")


def _elsewhere(hardware: Hardware) -> str:
    if not hardware.remote:
        return ""
    return f" Not seen from here: {', '.join(hardware.remote)}, on other machines, which may differ."


def _gpus(gpus: Sequence[Gpu]) -> str:
    if not gpus:
        return "no GPU whose memory is known"
    total = _gb(sum(gpu.memory for gpu in gpus))
    if len(gpus) == 1:
        return f"a GPU with {total}"
    return f"{len(gpus)} GPUs with {total} together (Ollama spreads a model over them)"


def _gb(count: int) -> str:
    return f"{count / _GB:.1f}".removesuffix(".0") + " GB"
