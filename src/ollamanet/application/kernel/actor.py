"""Who asks."""

from dataclasses import dataclass

from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.domain.kernel.permissions import Permission

ADMIN = "Admin"
USER = "User"


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
    """

    user_id: UserId
    roles: frozenset[str] = frozenset()
    key: str | None = None
    permissions: frozenset[Permission] = frozenset()
    session: SessionId | None = None
    name: str = ""
    limits: CallerLimits = NOTHING_SAID
    key_limits: CallerLimits = NOTHING_SAID

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

    def require_role(self, role: str) -> None:
        """Refuse everyone without the role.

        Raises:
            Forbidden: the caller does not have it.
        """
        if role not in self.roles:
            raise Forbidden(f"this needs the role {role}")
