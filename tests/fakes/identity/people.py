"""Accounts that tests know by name."""

from datetime import datetime, timedelta
from uuid import UUID

from tests.fakes.identity.fixed_time import NOON

from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import Role, User
from ollamanet.domain.kernel.ids import UserId

PHRASE = "correct horse battery staple"


def person(
    name: str, *, number: int = 1, email: str | None = None, role: Role = Role.USER, created_at: datetime | None = None
) -> User:
    """An account; a higher number is a later one."""
    return User(
        id=UserId(UUID(f"00000000-0000-7000-8000-{number:012x}")),
        email=Email.parse(email or f"{name}@example.org"),
        username=Username.parse(name),
        roles=frozenset({role.value}),
        created_at=created_at or NOON + timedelta(microseconds=number),
    )


ADA = person("ada", number=101)
BOB = person("bob", number=102)
