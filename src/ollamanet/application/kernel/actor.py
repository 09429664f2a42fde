"""Who asks."""

from dataclasses import dataclass

from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import UserId

ADMIN = "Admin"
USER = "User"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated caller.

    Attributes:
        user_id: the account.
        roles: names of its roles (`User`, `Admin`).
        key: the API key that was shown instead of a sign-in; None for a sign-in.
    """

    user_id: UserId
    roles: frozenset[str] = frozenset()
    key: str | None = None

    def require_role(self, role: str) -> None:
        """Refuse everyone without the role.

        Raises:
            Forbidden: the caller does not have it.
        """
        if role not in self.roles:
            raise Forbidden(f"this needs the role {role}")
