"""A store of accounts in a database, and a second way into that for what others would put there."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select
from tests.fakes.identity.fixed_time import NOON

from ollamanet.application.identity.sign_in_guard import subject_of
from ollamanet.domain.identity.names import Login
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.sql_administered_users import SqlAdministeredUsers
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.tables import ApiKeyRow, PasswordResetRow, SessionRow, SignInFailuresRow
from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_base import table_of

HOUR = timedelta(hours=1)


class SqlWorld:
    """Satisfies the `World` of the contract."""

    def __init__(self, database: Database, writer: GroupCommit, beside: Database) -> None:
        self.users = SqlUsers(database, writer)
        self.accounts = SqlAdministeredUsers(database)
        self.beside = beside

    async def give(self, user_id: UserId, *, sessions: int = 0, over: int = 0, keys: int = 0, resets: int = 0) -> None:
        def write(connection: Connection) -> None:
            for number in range(sessions + over):
                end = NOON + HOUR if number < sessions else NOON - HOUR
                connection.execute(insert(table_of(SessionRow)), _session(user_id, end))
            for number in range(keys + over):
                end = NOON + HOUR if number < keys else NOON - HOUR
                connection.execute(insert(table_of(ApiKeyRow)), _key(user_id, end))
            for _ in range(resets):
                connection.execute(insert(table_of(PasswordResetRow)), _reset(user_id))

        await self.beside.write(write)

    async def fail(self, user_id: UserId, *, minutes: int) -> None:
        until, user = NOON + timedelta(minutes=minutes), await self.users.find(user_id)
        assert user is not None
        by_name = subject_of(Login(user.username.key))
        row = {"subject": by_name, "failures": 9, "last_at": NOON, "locked_until": until}
        await self.beside.write(lambda connection: connection.execute(insert(table_of(SignInFailuresRow)), row))

    async def open_resets(self, user_id: UserId) -> int:
        resets = table_of(PasswordResetRow)
        open_ones = select(resets.c.token_hash).where(resets.c.user_id == user_id, resets.c.used_at.is_(None))
        return len(await self.beside.read(lambda connection: connection.execute(open_ones).all()))

    async def trail(self) -> list[tuple[str, str]]:
        entries = table_of(AuditEntryRow)
        found = select(entries.c.action, entries.c.target).order_by(entries.c.seq)
        rows = await self.beside.read(lambda connection: connection.execute(found).all())
        return [(row.action, row.target) for row in rows]


def _session(user_id: UUID, end: object) -> dict[str, object]:
    times = {"created_at": NOON, "last_used_at": NOON, "expires_at": end}
    return {"id": uuid4(), "user_id": user_id, **times, "address": "192.0.2.7", "device": "a phone"}


def _key(user_id: UUID, end: object) -> dict[str, object]:
    secret = {"prefix": "onk_abc", "secret_hash": uuid4().hex, "permissions": "[]"}
    return {"id": uuid4(), "user_id": user_id, "name": "a key", **secret, "created_at": NOON, "expires_at": end}


def _reset(user_id: UUID) -> dict[str, object]:
    return {"token_hash": uuid4().hex, "user_id": user_id, "created_at": NOON, "expires_at": NOON + HOUR}
