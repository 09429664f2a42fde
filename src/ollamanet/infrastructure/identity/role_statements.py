"""The statements of roles."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from ollamanet.infrastructure.identity.tables import InvitationRow, RoleRow, UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_ROLES: Final = table_of(RoleRow)
_USERS: Final = table_of(UserRow)
_INVITATIONS: Final = table_of(InvitationRow)

ALL_ROLES: Final = select(_ROLES).order_by(_ROLES.c.name_key)
INSERT_ROLE: Final = insert(_ROLES)
UPDATE_ROLE: Final = (
    update(_ROLES)
    .where(_ROLES.c.name_key == bindparam("key"))
    .values(
        description=bindparam("new_description"),
        permissions=bindparam("new_permissions"),
        limits=bindparam("new_limits"),
        updated_at=bindparam("at"),
    )
)
DELETE_ROLE: Final = delete(_ROLES).where(_ROLES.c.name_key == bindparam("key"))

ROLES_OF_USERS: Final = select(_USERS.c.id, _USERS.c.username, _USERS.c.roles)
ROLES_OF_INVITATIONS: Final = select(_INVITATIONS.c.id, _INVITATIONS.c.roles).where(
    _INVITATIONS.c.used_at.is_(None), _INVITATIONS.c.revoked_at.is_(None), _INVITATIONS.c.expires_at > bindparam("at")
)
GIVE_USER_ROLES: Final = update(_USERS).where(_USERS.c.id == bindparam("holder")).values(roles=bindparam("new_roles"))
GIVE_INVITATION_ROLES: Final = (
    update(_INVITATIONS).where(_INVITATIONS.c.id == bindparam("holder")).values(roles=bindparam("new_roles"))
)
