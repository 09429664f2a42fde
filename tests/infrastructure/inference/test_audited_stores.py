"""What the stores of replicas and limits change and what they say of it are one transaction."""

from dataclasses import replace

import pytest
from tests.contracts.added_replicas import ADMIN_ID, GPU1
from tests.contracts.limit_stores import ADA, FULL
from tests.fakes.identity.fixed_time import NOON
from tests.infrastructure.kernel.audit_entries import entry, rows_of

from ollamanet.domain.inference.limit_rollout import Mode
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.infrastructure.inference.sql_limit_versions import SqlLimitVersions
from ollamanet.infrastructure.inference.sql_replicas import SqlReplicas
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.system_clock import UuidV7Ids

pytestmark = pytest.mark.anyio


async def test_each_change_of_a_replica_brings_its_entry(database: Database, writer: GroupCommit) -> None:
    added = SqlReplicas(database, writer, UuidV7Ids())
    await added.add(GPU1, by=ADMIN_ID, at=NOON, audit=[entry("replica.added")])
    await added.set_drained(GPU1.name, drained=True, audit=[entry("replica.drained")])
    await added.set_drained(GPU1.name, drained=False, audit=[entry("replica.resumed")])
    with pytest.raises(Conflict):
        await added.add(GPU1, by=ADMIN_ID, at=NOON, audit=[entry("never.done")])
    await added.remove(GPU1.name, audit=[entry("replica.removed")])

    told = [row["action"] for row in await rows_of(database)]
    assert told == ["replica.added", "replica.drained", "replica.resumed", "replica.removed"]


async def test_each_change_of_the_limits_brings_its_entry(database: Database, writer: GroupCommit) -> None:
    versions = SqlLimitVersions(database, writer)
    await versions.save([FULL], [], audit=[entry("limits.created")])
    with pytest.raises(Conflict):
        await versions.save([replace(FULL, note="another")], [], audit=[entry("never.done")])
    await versions.save([], [FULL.marked(Mode.ACTIVE, NOON, ADA)], audit=[entry("limits.changed")])

    assert [row["action"] for row in await rows_of(database)] == ["limits.created", "limits.changed"]
