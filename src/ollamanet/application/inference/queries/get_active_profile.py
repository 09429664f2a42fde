"""Which profile is in force, why, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.inference.profile_ports import WarmModels
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.active_profile import ActiveProfile, family_of, is_family
from ollamanet.domain.inference.hardware_profile import Choice, Hardware
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.inference.warmth import Warmth
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName


@dataclass(frozen=True, slots=True)
class ClassBounds:
    """Seconds that a request of a class may wait for a slot, and take in all."""

    workload: Priority
    queue: float
    total: float


@dataclass(frozen=True, slots=True)
class KeptWarm:
    """A model that is to be kept loaded, and how far it is on each replica; empty where nobody keeps it so."""

    model: ModelName
    replicas: tuple[Warmth, ...]


@dataclass(frozen=True, slots=True)
class ProfileAccount:
    """The profile in force.

    Attributes:
        choice: which, and why.
        profiles: the names of all there are.
        shipped: they are those that come with OllamaNet, not an operator's own.
        hardware: what the choice is based on.
        default: for every model that is not named.
        models: those that are, by `name:tag` or by `name` for all tags.
        classes: every workload class.
        keeps_warm: models are kept loaded at all.
        warm: those that are to be, the most important first.
    """

    choice: Choice
    profiles: tuple[str, ...]
    shipped: bool
    hardware: Hardware
    default: ModelProfile
    models: tuple[tuple[str, ModelProfile], ...]
    classes: tuple[ClassBounds, ...]
    keeps_warm: bool
    warm: tuple[KeptWarm, ...]


@dataclass(frozen=True, slots=True)
class GetActiveProfileHandler:
    """Tells what was decided at the start, and how warm the models are now.

    Attributes:
        warm: None where models are not kept loaded.
    """

    active: ActiveProfile
    choice: Choice
    profiles: tuple[str, ...]
    hardware: Hardware
    shipped: bool
    warm: WarmModels | None

    def __call__(self, actor: Actor) -> ProfileAccount:
        """The account for anybody who is signed in, with those models that he is told about; asks no replica."""
        states = () if self.warm is None else self.warm.states()
        return ProfileAccount(
            choice=self.choice,
            profiles=self.profiles,
            shipped=self.shipped,
            hardware=self.hardware,
            default=self.active.default,
            models=tuple(each for each in self.active.named() if _names_one_for(actor, each[0])),
            classes=tuple(ClassBounds(each, *self.active.bounds_of(each)) for each in Priority),
            keeps_warm=self.warm is not None,
            warm=tuple(self._kept(model, states) for model in self.choice.profile.prewarm if actor.sees(model.key)),
        )

    @staticmethod
    def _kept(model: ModelName, states: Sequence[Warmth]) -> KeptWarm:
        return KeptWarm(model, tuple(each for each in states if each.model == model))


def _names_one_for(actor: Actor, name: str) -> bool:
    """Whether an entry of the profile is for a model that the actor is told about; one without a tag is for many."""
    if not is_family(name) or actor.models is None:
        return actor.sees(name)
    return actor.sees(f"{name}:latest") or any(actor.sees(key) and family_of(key) == name for key in actor.models)
