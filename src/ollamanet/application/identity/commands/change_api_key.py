"""Somebody changes what one of his API keys may do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

from ollamanet.application.identity.key_ports import ApiKeys, KeyChange
from ollamanet.application.identity.key_records import checked_scopes, described, key_entry, with_models
from ollamanet.application.identity.ports import CallerCache
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId, KeyName, checked_expiry
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.permissions import Permission

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class To(Generic[Value]):
    """A new value, where none at all is a value too."""

    value: Value


@dataclass(frozen=True, slots=True)
class ChangeApiKey:
    """Which key, and what of it; None leaves a field as it is.

    Attributes:
        limits: all of its own; its `models` are not looked at.
        models: names, or None for all that its owner may ask.
        expires_at: aware, or None for never.
    """

    actor: Actor
    key_id: ApiKeyId
    origin: Origin
    name: str | None = None
    scopes: frozenset[Permission] | None = None
    limits: CallerLimits | None = None
    models: To[Sequence[str] | None] | None = None
    expires_at: To[datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class ChangeApiKeyHandler:
    """Changes keys of the caller's own."""

    keys: ApiKeys
    callers: CallerCache
    clock: Clock

    async def __call__(self, command: ChangeApiKey) -> ApiKey:
        """Change the key; it holds at once here, and within seconds on other instances.

        Raises:
            Forbidden: the caller came with a key, or it would be wider than he is.
            InvalidRequest: a field is not what its rule says.
            NotFound: there is no such key, it was revoked, or it is somebody else's.
            Conflict: it has expired.
        """
        actor, now = command.actor, self.clock.now()
        actor.require_sign_in()

        def change(was: ApiKey) -> KeyChange:
            if was.expired(now):
                raise Conflict("the key has expired; make another one")
            key = _changed(was, command, now)
            if key == was:
                return KeyChange(was, ())
            entry = key_entry("api_key.changed", key, Agent.of(actor), command.origin, now)
            before, after = described(was), described(key)
            other = {name for name in after if after[name] != before[name]}
            return KeyChange(
                key,
                [
                    replace(
                        entry,
                        before={name: before[name] for name in sorted(other)},
                        after={**entry.after, **{name: after[name] for name in sorted(other)}},
                    )
                ],
            )

        key = await self.keys.change(command.key_id, owner=actor.user_id, change=change)
        self.callers.forget(actor.user_id)
        return key


def _changed(key: ApiKey, command: ChangeApiKey, now: datetime) -> ApiKey:
    if command.name is not None:
        key = replace(key, name=KeyName.parse(command.name))
    if command.scopes is not None:
        key = replace(key, scopes=checked_scopes(command.scopes, allowed=command.actor.permissions))
    if command.limits is not None:
        key = replace(key, limits=replace(command.limits, models=key.limits.models))
    if command.models is not None:
        key = replace(key, limits=with_models(key.limits, command.models.value))
    if command.expires_at is not None:
        end = checked_expiry(command.expires_at.value, now=now)
        key = replace(key, expires_at=None if end is None else end.astimezone(UTC))
    return key
