"""The limits at the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ollamanet.interfaces.kernel.paging import PageView

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Weight = Annotated[float, Meta(gt=0, le=1000)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Chosen = Literal["active", "canary", "shadow"]


class ServiceBounds(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for everybody, whatever the version: tokens, bytes, waiting requests, seconds."""

    prompt_tokens: int
    body_bytes: int
    image_body_bytes: int
    queue_depth: int
    queue_timeout_s: float
    request_timeout_s: float


class LimitsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Some limits; what is left out is as in the version's `default`, and there as in the version that is active."""

    concurrency: Count | UnsetType = UNSET
    requests_per_minute: Count | UnsetType = UNSET
    tokens_per_minute: Count | UnsetType = UNSET
    tokens_per_day: Annotated[Count | None, Meta(description="null for no limit")] | UnsetType = UNSET
    weight: Weight | UnsetType = UNSET


class LimitVersionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A new version: `active` for all, `canary` for `percent` of the users, `shadow` to be counted only.

    `roles`, `users` and `keys` that are left out are those of the active version; those that are sent take their place.
    """

    mode: Chosen
    percent: Annotated[Percent | None, Meta(description="of users; for a canary")] = None
    default: LimitsBody = msgspec.field(default_factory=LimitsBody)
    roles: (
        Annotated[dict[Name, LimitsBody], Meta(max_length=100, description="by role; the most generous counts")]
        | UnsetType
    ) = UNSET
    users: Annotated[dict[UUID, LimitsBody], Meta(max_length=10_000, description="by the user's id")] | UnsetType = (
        UNSET
    )
    keys: Annotated[dict[Name, LimitsBody], Meta(max_length=10_000, description="by the API key's id")] | UnsetType = (
        UNSET
    )
    note: Annotated[str, Meta(max_length=500)] = ""


class LimitChangeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a version is to do from now on."""

    mode: Chosen | UnsetType = UNSET
    percent: Percent | UnsetType = UNSET


class LimitsView(msgspec.Struct, kw_only=True):
    """The limits of one user or key; `tokens_per_day` is null where there is none."""

    concurrency: int
    requests_per_minute: int
    tokens_per_minute: int
    tokens_per_day: int | None
    weight: float


class ShadowView(msgspec.Struct, kw_only=True):
    """Since the process began: requests looked at, refusals there would have been by code, and refusals spared."""

    evaluated: int
    refused: dict[str, int]
    spared: int


class LimitVersionView(msgspec.Struct, kw_only=True):
    """One version; version 1 is what the settings say, and was made by nobody."""

    number: int
    mode: str
    percent: float | None
    note: str
    default: LimitsView
    roles: dict[str, LimitsView]
    users: dict[UUID, LimitsView]
    keys: dict[str, LimitsView]
    shadow: ShadowView | None
    created_at: datetime | None
    created_by: UUID | None
    changed_at: datetime | None
    changed_by: UUID | None
    activated_at: datetime | None


class LimitVersionPage(PageView[LimitVersionView]):
    """Versions, the newest first."""


class CallerLimitsView(msgspec.Struct, kw_only=True):
    """What holds for the caller: by which version, why (`default`, `role` or `user`), and for everybody."""

    version: int
    mode: str
    source: str
    limits: LimitsView
    key: LimitsView | None
    service: ServiceBounds


class LimitUseView(msgspec.Struct, kw_only=True):
    """One limit now; `reset_s` and `reset_at` tell when all of it is there again, null if that is not known."""

    limit: int | None
    used: int
    remaining: int | None
    reset_s: float | None
    reset_at: datetime | None


class TodayView(msgspec.Struct, kw_only=True):
    """Of the UTC day so far; requests that are not over are not in it."""

    requests: int
    tokens: int


class UsageView(msgspec.Struct, kw_only=True):
    """What is used of each limit; `in_flight` counts requests that wait or run."""

    in_flight: int
    concurrency: LimitUseView
    requests_per_minute: LimitUseView
    tokens_per_minute: LimitUseView
    tokens_per_day: LimitUseView
    today: TodayView


class CallerUsageView(UsageView, kw_only=True):
    """The user's use over all his keys, and that of the key he came with, if it was one."""

    key: UsageView | None
