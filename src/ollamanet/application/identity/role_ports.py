"""Where roles are kept, for those who change them; each change is decided in the transaction that makes it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has a role.

    Attributes:
        accounts: all that name it, locked and deleted ones too, as those come back with it.
        invitations: open ones that would give it.
    """

    accounts: int = 0
    invitations: int = 0


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What becomes of the roles.

    Attributes:
        role: as it shall be.
        audit: empty where nothing is to change.
    """

    role: RoleDefinition
    audit: Sequence[AuditEntry] = ()


@dataclass(frozen=True, slots=True)
class RoleRemoval:
    """Which role goes.

    Attributes:
        instead: its holders get this one; None where it has none.
        audit: of the removal.
        reassigned: the entry of one account, by its id, its name, and its roles before and after.
    """

    role: RoleDefinition
    instead: RoleDefinition | None
    audit: Sequence[AuditEntry]
    reassigned: Callable[[UserId, str, Collection[str], Collection[str]], AuditEntry]


class RoleStore(Protocol):
    """Where roles are kept; satisfies `Roles` too."""

    async def book(self) -> RoleBook:
        """All of them, at most 5 s old, and never older than the last change of this process."""
        ...

    async def holders(self) -> Mapping[str, Holders]:
        """Who has which role, by the role's key; roles without holders are not in it."""
        ...

    async def put(self, decide: Callable[[RoleBook], RoleChange], *, at: datetime) -> RoleDefinition:
        """Store what `decide` makes of the roles as they are; one at a time over all instances.

        Raises:
            Refusal: what `decide` refuses; nothing has changed then.
        """
        ...

    async def remove(self, name: str, decide: Callable[[RoleBook, Holders], RoleRemoval], *, at: datetime) -> Holders:
        """Take a role away, given who has it, and give its holders the other one; as `put`."""
        ...
