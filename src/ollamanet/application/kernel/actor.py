"""Who asks."""

from dataclasses import dataclass
from typing import Final

from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits, SaidLimits
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.permissions import Permission

ADMIN: Final = "Admin"
USER: Final = "User"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller.

    Attributes:
        user_id: the account.
        roles: names of its roles (`User`, `Admin`).
        key: the id of the API key that was shown instead of a sign-in; None for a sign-in.
        permissions: what the roles allow, and the key too if there is one.
        session: the sign-in; None for a key.
        name: the account's user name, for the record.
        limits: what the roles and the account itself say; `models` is what may be asked, the key's list included.
        key_limits: what the key says, on top of that.
        own_limits: of `limits` what the account itself says, which goes before the versions of the limits for roles.
    """

    user_id: UserId
    roles: frozenset[str] = frozenset()
    key: str | None = None
    permissions: frozenset[Permission] = frozenset()
    session: SessionId | None = None
    name: str = ""
    limits: CallerLimits = NOTHING_SAID
    key_limits: CallerLimits = NOTHING_SAID
    own_limits: CallerLimits = NOTHING_SAID

    @property
    def said(self) -> SaidLimits:
        """All that is said about his limits but by the versions of them."""
        return SaidLimits(self.own_limits, self.limits, self.key_limits)

    def may(self, permission: Permission) -> bool:
        """Whether he was given it."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse everyone who was not given it.

        Raises:
            Forbidden: the caller's roles do not have it, or his key does not.
        """
        if permission not in self.permissions:
            raise Forbidden(f"this needs the permission {permission}")

    def require_sign_in(self) -> None:
        """Refuse API keys: one that leaked must not make others, nor take over the account.

        Raises:
            Forbidden: the caller came with an API key.
        """
        if self.key is not None:
            raise Forbidden("this cannot be done with an API key; sign in")

    @property
    def models(self) -> frozenset[str] | None:
        """Keys of the models (`ModelName.key`) that he may ask; None for all of them."""
        return both(self.limits.models, self.key_limits.models)

    def require_model(self, model: ModelName) -> None:
        """Refuse a model that is not for him, whether there is one of that name or not.

        Raises:
            Forbidden: his roles, his account or his key name others.
        """
        allowed = self.models
        if allowed is not None and model.key not in allowed:
            raise Forbidden(f"model: '{model}' is not among those that you may ask")

    def sees(self, model: str) -> bool:
        """Whether he is told about a model, by its key (`ModelName.key`).

        Who looks after the system sees all of them.
        """
        if Permission.SYSTEM_READ in self.permissions:
            return True
        allowed = self.models
        return Permission.MODELS_READ in self.permissions and (allowed is None or model in allowed)


def both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """What two lists allow; None is a list of everything."""
    if one is None or other is None:
        return other if one is None else one
    return one & other
