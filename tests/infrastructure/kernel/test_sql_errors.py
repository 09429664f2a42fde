"""What the errors of each driver mean, from the texts that the databases send."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from ollamanet.domain.kernel.errors import Conflict, NotFound, Refusal
from ollamanet.infrastructure.kernel.sql_errors import is_transient, refusals


class NameTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("taken")


class Gone(NotFound):
    def __init__(self) -> None:
        super().__init__("gone")


class PairTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("pair taken")


TABLE = {"uq_users_username_key": NameTaken, "fk_messages_conversation_id_conversations": Gone, "uq_a_b_c": PairTaken}


def violation(text: str) -> IntegrityError:
    return IntegrityError("INSERT", None, Exception(text))


POSTGRESQL_UNIQUE = """<class 'asyncpg.UniqueViolationError'>: duplicate key value violates unique constraint \
"uq_users_username_key"
DETAIL:  Key (username_key)=(constraint "uq_a_b_c") already exists."""
POSTGRESQL_FOREIGN = """insert or update on table "messages" violates foreign key constraint \
"fk_messages_conversation_id_conversations"
DETAIL:  Key (conversation_id)=(0) is not present in table "conversations"."""
SQL_SERVER_UNIQUE = """('23000', "[23000] [FreeTDS][SQL Server]Violation of UNIQUE KEY constraint \
'uq_users_username_key'. Cannot insert duplicate key in object 'dbo.users'. The duplicate key value is \
(constraint 'uq_a_b_c'). (2627) (SQLExecDirectW)")"""
SQL_SERVER_FOREIGN = """('23000', '[23000] [FreeTDS][SQL Server]The INSERT statement conflicted with the FOREIGN KEY \
constraint "fk_messages_conversation_id_conversations". The conflict occurred in database "o", \
table "dbo.conversations", column \\'id\\'. (547) (SQLExecDirectW)')"""


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("UNIQUE constraint failed: users.username_key", NameTaken),
        ("UNIQUE constraint failed: a.b, a.c", PairTaken),
        ("FOREIGN KEY constraint failed", Gone),
        (POSTGRESQL_UNIQUE, NameTaken),
        (POSTGRESQL_FOREIGN, Gone),
        (SQL_SERVER_UNIQUE, NameTaken),
        (SQL_SERVER_FOREIGN, Gone),
    ],
)
def test_a_violated_constraint_becomes_what_it_stands_for(text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal), refusals(TABLE):
        raise violation(text)


@pytest.mark.parametrize("text", ["UNIQUE constraint failed: users.id", "NOT NULL constraint failed: users.email", "?"])
def test_a_constraint_nobody_named_stays_a_fault(text: str) -> None:
    with pytest.raises(IntegrityError), refusals(TABLE):
        raise violation(text)


def test_one_of_two_foreign_keys_is_not_guessed() -> None:
    with pytest.raises(IntegrityError), refusals({**TABLE, "fk_messages_other_others": Gone}):
        raise violation("FOREIGN KEY constraint failed")


class ServerError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("could not serialize access")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "worth_a_retry"),
    [
        (OperationalError("INSERT", None, Exception("database is locked")), True),
        (OperationalError("INSERT", None, ServerError("40P01")), True),
        (OperationalError("INSERT", None, Exception("40001", "[40001] Transaction was deadlocked")), True),
        (OperationalError("INSERT", None, Exception("server closed"), connection_invalidated=True), True),
        (ConnectionRefusedError(), True),
        (OperationalError("INSERT", None, Exception("no such table: users")), False),
        (OperationalError("INSERT", None, ServerError("42P01")), False),
        (violation("FOREIGN KEY constraint failed"), False),
        (ValueError("surrogates not allowed"), False),
    ],
)
def test_only_a_passing_trouble_is_worth_a_retry(error: Exception, worth_a_retry: bool) -> None:
    assert is_transient(error) is worth_a_retry
