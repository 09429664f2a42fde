"""All about an account, as files for its owner."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from tests.contracts.api_keys import entry, key_of
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.queries.export_account import ExportAccount
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.infrastructure.identity.sql_api_keys import SqlApiKeys
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.sql_whole_account import SqlWholeAccount
from ollamanet.infrastructure.identity.tables import ExternalIdentityRow, SessionRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.sql_base import Base, table_of
from ollamanet.interfaces.identity.own_account import OwnAccount

OF_ADA, OF_BOB = f"user:{ADA.id}", f"user:{BOB.id}"


async def add(address: str, row: type[Base], values: list[dict[str, Any]]) -> None:
    other = Database(address)
    await other.write(lambda connection: connection.execute(insert(table_of(row)), values))
    await other.dispose()


async def told(database: Database, writer: GroupCommit) -> dict[str, Any]:
    own = OwnAccount(ExportAccount(SqlUsers(database, writer), SqlWholeAccount(database)))
    files: dict[str, bytes] = {}
    async for path, piece in own.files(ADA.id):
        files[path] = files.get(path, b"") + piece
    return {path: json.loads(content) for path, content in files.items()}


@pytest.fixture
async def people(database: Database, writer: GroupCommit) -> None:
    for user in (ADA, BOB):
        await SqlUsers(database, writer).add(user, password_hash="argon2 hash")


@pytest.mark.anyio
@pytest.mark.usefixtures("people")
async def test_the_account_comes_without_its_password(database: Database, writer: GroupCommit) -> None:
    files = await told(database, writer)
    assert list(files) == ["account.json", "sessions.json", "api-keys.json", "identities.json", "activity.json"]
    account = files.pop("account.json")
    assert (account["id"], account["email"], account["status"]) == (str(ADA.id), "ada@example.org", "active")
    assert "argon2" not in str(account)
    assert list(files.values()) == [[], [], [], []]


@pytest.mark.anyio
async def test_an_account_that_is_gone_has_no_files(database: Database, writer: GroupCommit) -> None:
    with pytest.raises(NotFound):
        await told(database, writer)


@pytest.mark.anyio
@pytest.mark.usefixtures("people")
async def test_his_keys_come_without_their_hashes_revoked_ones_too(database: Database, writer: GroupCommit) -> None:
    keys = SqlApiKeys(database, writer)
    for owner, number in ((ADA, 1), (ADA, 2), (BOB, 3)):
        key = key_of(owner, number)
        await keys.add(key, secret_hash=f"hash {number}", at_most=9, audit=[entry(key)])
    await keys.revoke(key_of(ADA, 1).id, owner=ADA.id, at=NOON, entry=entry)

    listed = (await told(database, writer))["api-keys.json"]
    assert [(each["id"], each["revoked_at"]) for each in listed] == [
        (str(UUID(int=1)), "2026-11-22T12:00:00Z"),
        (str(UUID(int=2)), None),
    ]
    assert "hash" not in str(listed)


@pytest.mark.anyio
@pytest.mark.usefixtures("people")
async def test_his_sign_ins_and_identities_come_and_not_those_of_others(
    database_address: str, database: Database, writer: GroupCommit
) -> None:
    def session(user_id: UUID, number: int) -> dict[str, Any]:
        times = dict.fromkeys(("created_at", "last_used_at", "expires_at"), NOON + timedelta(seconds=number // 3))
        return {"id": UUID(int=number), "user_id": user_id, "address": "::1", "device": "curl", **times}

    await add(database_address, SessionRow, [session(ADA.id, number) for number in range(1, 452)])
    await add(database_address, SessionRow, [session(BOB.id, 900)])
    elsewhere = {"issuer": "https://id.example", "subject": "7", "email": "ada@example.org", "linked_at": NOON}
    await add(database_address, ExternalIdentityRow, [{**elsewhere, "user_id": ADA.id}])

    files = await told(database, writer)
    assert [each["id"] for each in files["sessions.json"]] == [str(UUID(int=number)) for number in range(1, 452)]
    assert files["sessions.json"][0]["device"] == "curl"
    assert [each["issuer"] for each in files["identities.json"]] == ["https://id.example"]


@pytest.mark.anyio
@pytest.mark.usefixtures("people")
async def test_what_he_did_and_what_was_done_to_him_comes_without_the_business_of_others(
    database: Database, writer: GroupCommit
) -> None:
    his, hers = Agent(ADA.id, "ada", "key-1"), Agent(BOB.id, "bob")
    place = Origin("192.0.2.7", "curl", "request-1")
    await SqlAuditTrail(writer).record(
        AuditEntry("session.opened", his, place, NOON, OF_ADA, "ada", after={"a": 1}),
        AuditEntry("user.locked", hers, place, NOON, OF_ADA, "ada", before={"status": "active"}),
        AuditEntry("user.locked", his, place, NOON, OF_BOB, "bob", after={"email": "bob@example.org"}),
        AuditEntry("session.opened", hers, place, NOON, OF_BOB, "bob"),
    )

    own, done_to_him, done_by_him = (await told(database, writer))["activity.json"]
    assert (own["by"], own["address"], own["after"], own["api_key"]) == ("you", "192.0.2.7", {"a": 1}, "key-1")
    assert (done_to_him["by"], done_to_him["address"], done_to_him["before"]) == (
        "somebody else",
        "",
        {"status": "active"},
    )
    assert (done_by_him["target"], done_by_him["after"]) == (OF_BOB, None)
    assert "bob@" not in str(done_by_him)
