"""API keys at the wire."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ollamanet.application.identity.key_records import KeyWish
from ollamanet.application.identity.new_keys import CreatedKey
from ollamanet.domain.identity.api_key import NAME_LENGTH, ApiKey
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.kernel.paging import PageView

_LARGEST = 2**31 - 1
Count = Annotated[int, Meta(ge=1, le=_LARGEST)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH, examples=["nightly report"])]
Scopes = Annotated[list[Permission], Meta(min_length=1, max_length=32)]
Models = Annotated[list[Annotated[str, Meta(min_length=1, max_length=600)]], Meta(min_length=1, max_length=200)]
# With an offset from UTC, else nobody would know when it is.
Expiry = Annotated[datetime, Meta(tz=True)]


class KeyLimitsBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Limits of a key, on top of those of its owner; what is absent or null is not limited any further."""

    concurrency: Count | None = None
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    tokens_per_day: Annotated[int, Meta(ge=1, le=2**53)] | None = None

    def limits(self) -> CallerLimits:
        """As the application knows them; no weight, because nobody raises his own share."""
        return CallerLimits(
            self.concurrency, self.requests_per_minute, self.tokens_per_minute, self.tokens_per_day, None, None
        )


class CreateKeyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new key: without `scopes` it may chat and see models; without `models` it may ask all that its owner may."""

    name: Name
    scopes: Scopes | None = None
    models: Models | None = None
    limits: KeyLimitsBody | None = None
    expires_at: Expiry | None = None

    def wish(self) -> KeyWish:
        """What is asked for."""
        return KeyWish(
            self.name,
            None if self.scopes is None else frozenset(self.scopes),
            self.models,
            NOTHING_SAID if self.limits is None else self.limits.limits(),
            self.expires_at,
        )


class ChangeKeyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be changed; `limits` replaces all of them, and null takes limits, models or expiry away."""

    name: Name | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    models: Models | UnsetType | None = UNSET
    limits: KeyLimitsBody | UnsetType | None = UNSET
    expires_at: Expiry | UnsetType | None = UNSET


class KeyLimitsView(msgspec.Struct, kw_only=True):
    """Limits of a key; null where it has none of its own."""

    concurrency: int | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    tokens_per_day: int | None


class ApiKeyView(msgspec.Struct, kw_only=True):
    """A key, without its text: `prefix` is how that begins. `last_used_at` is right to a minute. Times are UTC."""

    id: UUID
    name: str
    prefix: Annotated[str, Meta(examples=["onk_4Zr0a9Xq"])]
    scopes: list[str]
    models: list[str] | None
    limits: KeyLimitsView
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """What may be shown of it."""
        return cls(**_shown(key))


class CreatedKeyView(ApiKeyView, kw_only=True):
    """A new key; `key` is its text, which is shown this once."""

    key: str

    @classmethod
    def created(cls, made: CreatedKey) -> Self:
        """The key with its text."""
        return cls(**_shown(made.key), key=made.text)


class ApiKeyPage(PageView[ApiKeyView]):
    """Keys, the newest first."""


def _shown(key: ApiKey) -> dict[str, Any]:
    limits = key.limits
    return {
        "id": key.id,
        "name": str(key.name),
        "prefix": key.prefix,
        "scopes": sorted(scope.value for scope in key.scopes),
        "models": None if limits.models is None else sorted(limits.models),
        "limits": KeyLimitsView(
            concurrency=limits.concurrency,
            requests_per_minute=limits.requests_per_minute,
            tokens_per_minute=limits.tokens_per_minute,
            tokens_per_day=limits.tokens_per_day,
        ),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }
