"""Models that are to be kept loaded: what is asked of each, how often, and how far it is."""

from collections.abc import Collection
from dataclasses import dataclass, field

from ollamanet.domain.inference.warmth import WarmState
from ollamanet.domain.kernel.model_name import ModelName


@dataclass(frozen=True, slots=True)
class WarmModel:
    """A model that is to be kept loaded.

    Attributes:
        name: as it is asked for.
        num_ctx: as real requests send it; None if they do not.
        keep_alive: seconds it is to stay after each request, > 0; negative for ever.
    """

    name: ModelName
    num_ctx: int | None
    keep_alive: float


@dataclass(frozen=True, slots=True)
class WarmPace:
    """How often and how long, in seconds (> 0).

    Attributes:
        look: between two looks at what a replica has loaded.
        glance: between two looks at whether others want the replica, while a model is loading.
        answer: for a list of models.
        load: for loading a model.
        pause: before another attempt at what failed; doubled with each, up to `longest_pause`.
    """

    look: float = 15.0
    glance: float = 0.1
    answer: float = 5.0
    load: float = 600.0
    pause: float = 10.0
    longest_pause: float = 300.0

    def after(self, failures: int) -> float:
        """Seconds to wait after so many failures (>= 1) in a row."""
        return float(min(self.pause * 2 ** min(failures - 1, 30), self.longest_pause))


@dataclass(slots=True, eq=False)
class Kept:
    """A model, and what was done for it on one replica.

    Attributes:
        touched: seconds; when it was last loaded or its time started anew; None if it has to be asked for again.
        failures: in a row.
        retry_at: seconds; nothing is asked for it before.
        told: that it is kept loaded stands in the log.
    """

    model: WarmModel
    state: WarmState = WarmState.UNKNOWN
    detail: str | None = None
    touched: float | None = None
    failures: int = 0
    retry_at: float = 0.0
    told: bool = False

    @property
    def key(self) -> str:
        """Its name, to be compared."""
        return self.model.name.key

    def is_now(self, state: WarmState, detail: str | None = None) -> None:
        """Note how it is."""
        self.state, self.detail = state, detail

    def due(self, now: float) -> bool:
        """Whether it would leave before long if nobody asked for it."""
        if self.touched is None:
            return True
        return self.model.keep_alive > 0 and now - self.touched >= self.model.keep_alive / 2


@dataclass(slots=True)
class Rivals:
    """Pairs of models that were seen to push each other out of memory; one of each pair stays, the more important.

    Without it each look would load the one and lose the other.
    """

    pairs: set[frozenset[str]] = field(default_factory=set)

    def saw(self, before: Collection[str], after: Collection[str], *, lost: Collection[str]) -> None:
        """Learn from two looks at what is loaded.

        Args:
            before: at the first look.
            after: at the second.
            lost: models that should have been there still.
        """
        self.pairs -= {pair for pair in self.pairs if pair <= set(after)}
        came = set(after) - set(before)
        # Of several that came nobody knows which one it was.
        if len(came) == 1:
            self.pairs |= {frozenset((each, *came)) for each in lost}

    def has(self, one: str, other: str) -> bool:
        """Whether these two do not fit together."""
        return frozenset((one, other)) in self.pairs
