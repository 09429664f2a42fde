"""How far the models are that are to be kept loaded."""

from dataclasses import dataclass
from enum import StrEnum

from ollamanet.domain.kernel.model_name import ModelName


class WarmState(StrEnum):
    """Of one model on one replica."""

    UNKNOWN = "unknown"
    """The replica has not said yet what it has."""
    NOT_INSTALLED = "not_installed"
    WAITING = "waiting"
    """Others use the replica, and loading the model could push theirs out."""
    LOADING = "loading"
    WARM = "warm"
    FAILED = "failed"
    """It could not be loaded, and is tried again later."""
    DOES_NOT_FIT = "does_not_fit"
    """Loading it pushed a more important one out, which goes before it."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """One model on one replica; `detail` says what is in the way, if anything is."""

    model: ModelName
    replica: str
    state: WarmState
    detail: str | None = None
