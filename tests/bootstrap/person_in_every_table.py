"""Somebody who has left something in every table that may hold something of a person."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert
from tests.contracts.conversation_store import a_conversation, a_question
from tests.contracts.summary_store import a_summary
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import person

from ollamanet.application.identity.sign_in_guard import subjects_of
from ollamanet.domain.identity.user import Role, User
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
from ollamanet.infrastructure.identity import tables
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.inference.tables import DayUseRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_base import table_of

NAMES = ("lovelace", "byron")
ADA = person("Lovelace", number=501, email="Ada.Byron@example.org")
BOSS = person("boss", number=502, role=Role.ADMIN)


async def fill(database: Database, writer: GroupCommit) -> None:
    """Both people, and all that Ada left."""
    for user in (ADA, BOSS):
        await SqlUsers(database, writer).add(user, password_hash=f"a hash for {user.username}")
    store = SqlConversations(database, writer)
    conversation = a_conversation(ADA.id, title="Letters to Byron")
    question = a_question(conversation, "My name is Lovelace")
    await store.start(conversation, question)
    await store.keep_summary(replace(a_summary(conversation, question), text="Byron said"))
    await database.write(_fill_identity)


def _fill_identity(connection: Connection) -> None:
    session, now = uuid4(), {"created_at": NOON, "expires_at": NOON}
    rows = {
        tables.SessionRow: {"id": session, "last_used_at": NOON, "address": "byron", "device": "Lovelace's", **now},
        tables.ApiKeyRow: {"name": "byron", "prefix": "onk_", "secret_hash": "lovelace", "permissions": "[]", **now},
        tables.ExternalIdentityRow: {"issuer": "i", "subject": "lovelace", "email": ADA.email.text, "linked_at": NOON},
        tables.PasswordResetRow: {"token_hash": "byron", **now},
        DayUseRow: {"day": "2026-11-22", "api_key": "lovelace", "requests": 2, "tokens": 30},
    }
    for row, values in rows.items():
        ids = {"id": uuid4()} if row is tables.ApiKeyRow else {}
        connection.execute(insert(table_of(row)), {**ids, "user_id": ADA.id, **values})
    token = {"token_hash": "lovelace", "session_id": session, "issued_at": NOON}
    connection.execute(insert(table_of(tables.RefreshTokenRow)), token)
    for subject in subjects_of(ADA):
        failures = {"subject": subject, "failures": 1, "last_at": NOON}
        connection.execute(insert(table_of(tables.SignInFailuresRow)), failures)
    for number, (email, used_by) in enumerate(((None, ADA.id), ("ADA.byron@Example.org", None))):
        invitation = {"id": uuid4(), "token_hash": f"byron {number}", "email": email, "used_by": used_by, "roles": "[]"}
        connection.execute(insert(table_of(tables.InvitationRow)), {**invitation, "created_by": BOSS.id, **now})


def tables_that_tell(file: Path, *words: str) -> set[str]:
    """Tables with one of the words, in any case, in any column; ids are looked for as they are stored too."""
    with sqlite3.connect(file) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: [_text(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}
    return {name for name, texts in rows.items() if any(word in text for text in texts for word in words)}


def ids_of(user: User) -> tuple[str, str]:
    """An id as text, with and without its hyphens."""
    return str(user.id), UUID(str(user.id)).hex


def _text(row: tuple[object, ...]) -> str:
    return " ".join(value.hex() if isinstance(value, bytes) else str(value) for value in row).casefold()
