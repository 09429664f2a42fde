"""What is said of limits, at the wire: by a role, or about an account."""

from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.model_name import ModelName

_LARGEST: Final = 1_000_000_000
Count = Annotated[int, Meta(ge=1, le=_LARGEST)]
Weight = Annotated[float, Meta(gt=0, le=1000)]
ModelText = Annotated[str, Meta(min_length=1, max_length=600)]
Models = Annotated[list[ModelText], Meta(max_length=1000, description="those that may be asked; none at all if empty")]


class SaidLimitsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a role or an account says; null takes a limit away, what is left out stays as it is."""

    concurrency: Count | UnsetType | None = UNSET
    requests_per_minute: Count | UnsetType | None = UNSET
    tokens_per_minute: Count | UnsetType | None = UNSET
    tokens_per_day: Count | UnsetType | None = UNSET
    weight: Weight | UnsetType | None = UNSET
    models: Models | UnsetType | None = UNSET

    def said(self) -> dict[str, Any]:
        """What was sent, by the names of `CallerLimits`.

        Raises:
            InvalidRequest: a model cannot be called that.
        """
        sent = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}
        if (models := sent.get("models")) is not None:
            sent["models"] = frozenset(ModelName.parse(name).key for name in models)
        return sent


class SaidLimitsView(msgspec.Struct, kw_only=True):
    """What is said; null where nothing is, and the next word counts."""

    concurrency: int | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    tokens_per_day: int | None
    weight: float | None
    models: list[str] | None

    @classmethod
    def of(cls, limits: CallerLimits) -> Self:
        """All of it."""
        return cls(
            concurrency=limits.concurrency,
            requests_per_minute=limits.requests_per_minute,
            tokens_per_minute=limits.tokens_per_minute,
            tokens_per_day=limits.tokens_per_day,
            weight=limits.weight,
            models=None if limits.models is None else sorted(limits.models),
        )
