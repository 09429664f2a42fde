"""Makes API keys, whoever asked for them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC

from ollamanet.application.identity.key_ports import ApiKeys
from ollamanet.application.identity.key_records import KeyWish, checked_scopes, described, key_entry, with_models
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.api_key import LIVE_AT_MOST, ApiKey, ApiKeyId, KeyName, checked_expiry
from ollamanet.domain.identity.key_text import RANDOM_BYTES, SHOWN_LENGTH, hash_of_key, key_text
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import OF_USERS, Permission


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key, and its text, which is shown this once."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Makes keys.

    Attributes:
        random: gives so many bytes that nobody can guess.
    """

    keys: ApiKeys
    clock: Clock
    ids: Ids
    random: Callable[[int], bytes]

    async def create(
        self, owner: UserId, wish: KeyWish, *, allowed: Collection[Permission], by: Agent, origin: Origin
    ) -> CreatedKey:
        """Check what was asked for, and store a key of it.

        Args:
            owner: whose it will be.
            wish: unchecked.
            allowed: the owner's permissions.
            by: who makes it.
            origin: from where.

        Raises:
            InvalidRequest: a field is not what its rule says; `detail` names it.
            Forbidden: it would be wider than its owner.
            Conflict: he has too many already.
            NotFound: there is no such owner, or his account may not be used.
        """
        now = self.clock.now()
        scopes = checked_scopes(OF_USERS & set(allowed) if wish.scopes is None else wish.scopes, allowed=allowed)
        name, limits = KeyName.parse(wish.name), with_models(wish.limits, wish.models)
        expires_at = checked_expiry(wish.expires_at, now=now)
        text = key_text(self.random(RANDOM_BYTES))
        key = ApiKey(
            ApiKeyId(self.ids.new()),
            owner,
            name,
            text[:SHOWN_LENGTH],
            scopes,
            now,
            limits,
            None if expires_at is None else expires_at.astimezone(UTC),
        )
        entry = key_entry("api_key.created", key, by, origin, now)
        entry = replace(entry, after={**entry.after, **described(key)})
        await self.keys.add(key, secret_hash=hash_of_key(text), at_most=LIVE_AT_MOST, audit=[entry])
        return CreatedKey(key, text)
