"""An API key is ended for good, by its owner, an administrator or the operator."""

from dataclasses import dataclass

from ollamanet.application.identity.key_ports import ApiKeys
from ollamanet.application.identity.key_records import KeyAuthority, key_entry
from ollamanet.application.identity.ports import CallerCache
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """Which key.

    Attributes:
        actor: who wants it so; None for whoever runs the command line.
        owner: whose the key has to be.
    """

    actor: Actor | None
    owner: UserId
    key_id: ApiKeyId
    origin: Origin


@dataclass(frozen=True, slots=True)
class RevokeApiKeyHandler:
    """Ends keys."""

    keys: ApiKeys
    authority: KeyAuthority
    callers: CallerCache
    clock: Clock

    async def __call__(self, command: RevokeApiKey) -> None:
        """End the key; at once here, and within seconds on other instances.

        Raises:
            Forbidden: the caller came with a key, or may not change this account.
            NotFound: there is no such key, it was revoked, or it is not the owner's.
        """
        by, now = await self.authority.agent(command.actor, command.owner), self.clock.now()

        def entry(key: ApiKey) -> AuditEntry:
            made = key_entry("api_key.revoked", key, by, command.origin, now)
            return AuditEntry(
                made.action, by, made.origin, now, made.target, before={**made.after, "name": str(key.name)}
            )

        await self.keys.revoke(command.key_id, owner=command.owner, at=now, entry=entry)
        self.callers.forget(command.owner)
