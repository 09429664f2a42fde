"""The real store keeps the contract, and its file no key."""

from pathlib import Path

import pytest
from tests.contracts.api_keys import ApiKeysContract, entry, key_of
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA

from ollamanet.domain.identity.key_text import SHOWN_LENGTH, hash_of_key, key_text
from ollamanet.infrastructure.identity.sql_api_keys import SqlApiKeys
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.audit_statements import READ_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@pytest.fixture
def users(database: Database, writer: GroupCommit) -> SqlUsers:
    return SqlUsers(database, writer)


@pytest.fixture
def keys(database: Database, writer: GroupCommit) -> SqlApiKeys:
    return SqlApiKeys(database, writer)


class TestSqlApiKeys(ApiKeysContract):
    @pytest.fixture
    def users(self, database: Database, writer: GroupCommit) -> SqlUsers:
        return SqlUsers(database, writer)

    @pytest.fixture
    def keys(self, database: Database, writer: GroupCommit) -> SqlApiKeys:
        return SqlApiKeys(database, writer)


@pytest.mark.anyio
async def test_what_was_done_is_in_the_trail(database: Database, users: SqlUsers, keys: SqlApiKeys) -> None:
    await users.add(ADA, password_hash="")
    await keys.add(key_of(ADA), secret_hash="a", at_most=1, audit=[entry(key_of(ADA))])
    await keys.revoke(key_of(ADA).id, owner=ADA.id, at=NOON, entry=entry)
    assert await database.read(lambda connection: connection.execute(READ_HEAD).one().seq) == 2


def file_of(address: str) -> bytes:
    return Path(address.removeprefix("sqlite:///")).read_bytes()


@pytest.mark.anyio
async def test_the_file_holds_no_key(
    database_address: str, database: Database, users: SqlUsers, keys: SqlApiKeys
) -> None:
    text = key_text(bytes(range(32)))
    await users.add(ADA, password_hash="")
    await keys.add(
        key_of(ADA, prefix=text[:SHOWN_LENGTH]), secret_hash=hash_of_key(text), at_most=1, audit=[entry(key_of(ADA))]
    )
    await database.dispose()

    stored = file_of(database_address)
    assert hash_of_key(text).encode() in stored
    assert text.encode()[SHOWN_LENGTH:] not in stored
