"""The profile in force: every model's settings and every class's deadlines, ready to be looked up."""

from typing import Final

from ollamanet.domain.inference.hardware_profile import ClassEntry, HardwareProfile
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName


class ActiveProfile:
    """Satisfies `ModelProfiles`; a look-up is one or two of a dictionary.

    Args:
        profile: what the file says.
        service: what holds where it says nothing.
        queue: seconds (> 0) that a request waits where no class says otherwise.
        total: seconds (> 0) that it takes, waiting included, likewise.
    """

    def __init__(self, profile: HardwareProfile, service: ModelProfile, *, queue: float, total: float) -> None:
        self.profile: Final = profile
        self.default: Final = profile.default.complete(service)
        self._families: Final[dict[str, ModelProfile]] = {}
        self._exact: Final[dict[str, ModelProfile]] = {}
        for name, entry in profile.models.items():
            if is_family(name):
                self._families[name] = entry.over(profile.default).complete(service)
            else:
                self._exact[name] = profile.entry(ModelName.parse(name)).complete(service)
        self._bounds: Final = {each: _bounds(profile.classes.get(each), queue, total) for each in Priority}

    def of(self, model: ModelName) -> ModelProfile:
        """What is said about `name:tag`, else about `name`, else by the profile, else by the service."""
        return self._exact.get(model.key) or self._families.get(model.family.casefold()) or self.default

    def bounds_of(self, priority: Priority) -> tuple[float, float]:
        """Seconds that a request of the class may wait for a slot, and take in all; 0 < the first <= the second."""
        return self._bounds[priority]

    def named(self) -> tuple[tuple[str, ModelProfile], ...]:
        """Every entry of the file by its name, as `name:tag` or `name`."""
        return tuple(sorted([*self._families.items(), *self._exact.items()]))


def is_family(name: str) -> bool:
    """Whether a name stands for all tags of a model."""
    return ":" not in name.rpartition("/")[2]


def family_of(key: str) -> str:
    """The name without its tag, of a model by its key."""
    return key.rpartition(":")[0]


def _bounds(entry: ClassEntry | None, queue: float, total: float) -> tuple[float, float]:
    entry = entry or ClassEntry()
    whole = total if entry.total is None else entry.total
    waiting = queue if entry.queue is None else entry.queue
    return min(waiting, whole), whole
