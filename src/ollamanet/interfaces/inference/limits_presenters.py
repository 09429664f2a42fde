"""Limits between the wire and the domain."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ollamanet.application.inference.limit_ports import CallerUsage, LimitUse, ShadowCount, Usage
from ollamanet.application.inference.queries.list_limit_versions import CountedVersion
from ollamanet.domain.inference.limit_rollout import Applied, Mode
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.inference.limits_schemas import (
    CallerLimitsView,
    CallerUsageView,
    LimitsBody,
    LimitsView,
    LimitUseView,
    LimitVersionBody,
    LimitVersionView,
    ServiceBounds,
    ShadowView,
    TodayView,
    UsageView,
)

Name = TypeVar("Name")


def limit_set_from(body: LimitVersionBody, base: LimitSet) -> LimitSet:
    """What a body says; what it leaves out is as in `base`. Its number is given later."""
    default = _filled(body.default, base.default)
    users = body.users if body.users is UNSET else {UserId(user): limits for user, limits in body.users.items()}
    return LimitSet(
        number=0,
        default=default,
        roles=_all_filled(body.roles, default, base.roles),
        users=_all_filled(users, default, base.users),
        keys=_all_filled(body.keys, default, base.keys),
    )


def percent_from(body: LimitVersionBody) -> float:
    """The percentage of a canary, 0 of anything else.

    Raises:
        InvalidRequest: a canary has none, or anything else has one.
    """
    if (body.mode == "canary") is not (body.percent is not None):
        raise InvalidRequest("percent: a canary needs one, and nothing else has one")
    return body.percent or 0.0


def _all_filled(
    bodies: Mapping[Name, LimitsBody] | UnsetType, default: UserLimits, kept: Mapping[Name, UserLimits]
) -> Mapping[Name, UserLimits]:
    if bodies is UNSET:
        return kept
    return {name: _filled(limits, default) for name, limits in bodies.items()}


def _filled(body: LimitsBody, default: UserLimits) -> UserLimits:
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    return UserLimits(**{**asdict(default), **given})


def limits_view(limits: UserLimits) -> LimitsView:
    """The numbers."""
    return LimitsView(**asdict(limits))


def version_view(counted: CountedVersion) -> LimitVersionView:
    """One version, as administrators see it."""
    version, limits = counted.version, counted.version.limits
    return LimitVersionView(
        number=version.number,
        mode=version.mode.value,
        percent=version.percent if version.mode is Mode.CANARY else None,
        note=version.note,
        default=limits_view(limits.default),
        roles={role: limits_view(each) for role, each in limits.roles.items()},
        users={user: limits_view(each) for user, each in limits.users.items()},
        keys={key: limits_view(each) for key, each in limits.keys.items()},
        shadow=_shadow_view(counted.shadow),
        created_at=version.created_at,
        created_by=version.created_by,
        changed_at=version.changed_at,
        changed_by=version.changed_by,
        activated_at=version.activated_at,
    )


def _shadow_view(count: ShadowCount | None) -> ShadowView | None:
    if count is None:
        return None
    return ShadowView(evaluated=count.evaluated, refused=dict(count.refused), spared=count.spared)


def caller_limits_view(applied: Applied, bounds: ServiceBounds) -> CallerLimitsView:
    """What holds for a caller."""
    return CallerLimitsView(
        version=applied.version,
        mode=applied.mode.value,
        source=applied.source.value,
        limits=limits_view(applied.limits),
        key=None if applied.key is None else limits_view(applied.key),
        service=bounds,
    )


def caller_usage_view(usage: CallerUsage) -> CallerUsageView:
    """What a caller uses."""
    now = usage.at
    key = None if usage.key is None else UsageView(**_usage_fields(usage.key, now))
    return CallerUsageView(**_usage_fields(usage.user, now), key=key)


def _usage_fields(usage: Usage, now: datetime) -> dict[str, Any]:
    return {
        "in_flight": usage.concurrency.used,
        "concurrency": _use_view(usage.concurrency, now),
        "requests_per_minute": _use_view(usage.requests_per_minute, now),
        "tokens_per_minute": _use_view(usage.tokens_per_minute, now),
        "tokens_per_day": _use_view(usage.tokens_per_day, now),
        "today": TodayView(requests=usage.today.requests, tokens=usage.today.tokens),
    }


def _use_view(use: LimitUse, now: datetime) -> LimitUseView:
    after = use.reset_after
    return LimitUseView(
        limit=use.limit,
        used=use.used,
        remaining=use.remaining,
        reset_s=None if after is None else round(after, 3),
        reset_at=None if after is None else _to_milliseconds(now + timedelta(seconds=after)),
    )


def _to_milliseconds(at: datetime) -> datetime:
    rounded = at + timedelta(microseconds=500)
    return rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
