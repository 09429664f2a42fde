"""Purged is purged: in no table of the database is anything left by which the person is known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.bootstrap.person_in_every_table import ADA, BOSS, NAMES, fill, ids_of, tables_that_tell
from tests.fakes.identity.fixed_time import FixedClock

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsers, PurgeExpiredUsersHandler
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUser
from ollamanet.application.identity.sign_in_guard import subjects_of
from ollamanet.bootstrap.identity_wiring import Identity, wire_identity
from ollamanet.bootstrap.personal_data_wiring import personal_data_of
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.bootstrap.storage import Storage, open_storage
from ollamanet.infrastructure.identity.mail_metrics import MailMetrics
from ollamanet.infrastructure.identity.sql_administered_users import SqlAdministeredUsers
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs

pytestmark = pytest.mark.anyio

WORDS = (*NAMES, *subjects_of(ADA)[:2])
OPERATOR = Administrator.operator()
HOLDS_A_PERSON = {
    "users", "sessions", "refresh_tokens", "api_keys", "external_identities", "password_resets", "invitations",
    "sign_in_failures", "conversations", "messages", "conversation_summaries", "day_uses",
}  # fmt: skip


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Identity, Storage]]:
    environment = {"OLLAMANET_DATA_DIR": str(folder), "OLLAMANET_ARGON2_MEMORY_KIB": "64"}
    settings = load_settings(environment)
    async with open_storage(settings) as storage, BackgroundJobs() as mailing:
        with wire_identity(settings, storage, mailing, MailMetrics(CollectorRegistry())) as identity:
            await fill(storage.database, storage.writer)
            yield identity, storage


def file_in(folder: Path) -> Path:
    (file,) = folder.glob("*.db")
    return file


async def test_after_a_purge_only_the_audit_trail_knows_a_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as (identity, _storage):
        file = file_in(tmp_path)
        assert await asyncio.to_thread(tables_that_tell, file, *WORDS) >= HOLDS_A_PERSON
        await identity.user_admin.delete(SoftDeleteUser(OPERATOR, ADA.id))

        await identity.user_admin.purge(PurgeUser(OPERATOR, ADA.id))

        assert await asyncio.to_thread(tables_that_tell, file, *WORDS) == {"audit_entries"}
        assert await asyncio.to_thread(tables_that_tell, file, "boss") == {"users"}
        assert await asyncio.to_thread(tables_that_tell, file, *ids_of(ADA)) == {"users", "audit_entries"}


async def test_what_was_used_is_still_counted_for_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as (identity, _storage):
        assert "day_uses" in await asyncio.to_thread(tables_that_tell, file_in(tmp_path), "lovelace 2 30")

        await identity.user_admin.purge(PurgeUser(OPERATOR, ADA.id))

        assert "day_uses" in await asyncio.to_thread(tables_that_tell, file_in(tmp_path), "  2 30")


async def test_thirty_days_after_a_deletion_not_even_the_id_is_left(tmp_path: Path) -> None:
    async with opened(tmp_path) as (identity, storage):
        await identity.user_admin.delete(SoftDeleteUser(OPERATOR, ADA.id))
        clock = FixedClock()
        clock.advance(100 * 365 * 86_400)
        later = PurgeExpiredUsersHandler(SqlAdministeredUsers(storage.database), personal_data_of(storage), clock)

        assert await later(PurgeExpiredUsers()) == 1

        found = await asyncio.to_thread(tables_that_tell, file_in(tmp_path), *WORDS, *ids_of(ADA))
        assert found == {"audit_entries"}
        assert await asyncio.to_thread(tables_that_tell, file_in(tmp_path), *ids_of(BOSS)) == {"users"}
