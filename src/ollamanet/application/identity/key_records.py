"""What the use cases of API keys have in common: who may, what is asked for, and what is recorded of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ollamanet.application.identity.administration import means_of
from ollamanet.application.identity.ports import Roles, Users
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import OPERATOR, Agent, AuditEntry, Origin
from ollamanet.domain.identity.api_key import ApiKey
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What somebody wants a key to be, unchecked.

    Attributes:
        scopes: None for what every user may do, as far as the owner may.
        models: names of the only models that it may ask; None for all that its owner may.
        limits: of its own; its `models` are not looked at.
        expires_at: aware; None for never.
    """

    name: str
    scopes: frozenset[Permission] | None = None
    models: Sequence[str] | None = None
    limits: CallerLimits = NOTHING_SAID
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyAuthority:
    """Decides who may see and end whose keys."""

    users: Users
    roles: Roles

    async def agent(self, actor: Actor | None, owner: UserId) -> Agent:
        """Let people manage their own keys, and administrators those of others; None is whoever runs the command line.

        Raises:
            Forbidden: he came with an API key to his own ones, may not change accounts, or not one that may do more.
            NotFound: there is no such account.
        """
        if actor is not None and owner == actor.user_id:
            actor.require_sign_in()
            return Agent.of(actor)
        if actor is not None:
            actor.require(Permission.USERS_WRITE)
        user = await self.users.find(owner)
        if user is None:
            raise NotFound("there is no such account")
        if actor is None:
            return OPERATOR
        means_of(actor).require_may_touch(user.roles, await self.roles.book())
        return Agent.of(actor)


def checked_scopes(wanted: Collection[Permission], *, allowed: Collection[Permission]) -> frozenset[Permission]:
    """The scopes, when the owner has all of them himself.

    Raises:
        InvalidRequest: there is none.
        Forbidden: the key would be wider than its owner.
    """
    if not wanted:
        raise InvalidRequest("scopes: expected at least one")
    if wider := sorted(set(wanted) - set(allowed)):
        raise Forbidden(f"scopes: the account itself does not have {', '.join(wider)}")
    return frozenset(wanted)


def with_models(limits: CallerLimits, models: Sequence[str] | None) -> CallerLimits:
    """The limits with another list of models.

    Raises:
        InvalidRequest: one of them is no name of a model.
    """
    return replace(limits, models=None if models is None else frozenset(ModelName.parse(name).key for name in models))


def key_entry(action: str, key: ApiKey, by: Agent, origin: Origin, at: datetime) -> AuditEntry:
    """An entry about a key, on the account of its owner."""
    return AuditEntry(action, by, origin, at, target=f"user:{key.owner}", after={"api_key": str(key.id)})


def described(key: ApiKey) -> dict[str, object]:
    """What the audit trail has of a key."""
    limits = key.limits
    return {
        "name": str(key.name),
        "scopes": sorted(scope.value for scope in key.scopes),
        "models": None if limits.models is None else sorted(limits.models),
        "limits": limits.numbers(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }
