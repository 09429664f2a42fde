"""What every archive of the audit trail does; a subclass brings `archive`, and `trail` that fills it."""

from datetime import timedelta

import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.infrastructure.kernel.audit_entries import ADA, HOME, entry

from ollamanet.application.kernel.audit import Agent, AuditTrail, Origin
from ollamanet.application.kernel.page import PageRequest
from ollamanet.application.operations.audit_ports import AuditArchive
from ollamanet.domain.operations.audit_chain import START, ChainCheck
from ollamanet.domain.operations.audit_filter import AuditFilter

BY_ADA = Agent(ADA, "ada", "k1")
ENTRIES = [
    entry("user.created", "user:1", at=NOON),
    entry("user.locked", "user:1", by=BY_ADA, at=NOON + timedelta(minutes=1), before={"status": "active"}),
    entry("userx.odd", "userx:1", by=BY_ADA, at=NOON + timedelta(minutes=2)),
    entry("session.refused", "user:2", by=Agent(None, "ada"), origin=Origin("192.0.2.9", "", "request-0002")),
]
WANTED = [
    ({}, [4, 3, 2, 1]),
    ({"actor": str(ADA)}, [3, 2]),
    ({"actor": "ada"}, [4, 3, 2]),
    ({"actor": "command line"}, [1]),
    ({"action": "user."}, [2, 1]),
    ({"action": "user.locked"}, [2]),
    ({"action": "user"}, []),
    ({"action": "_ser."}, []),
    ({"target": "user:"}, [4, 2, 1]),
    ({"target": "user:1"}, [2, 1]),
    ({"target": "%"}, []),
    ({"address": HOME.address}, [3, 2, 1]),
    ({"request_id": "request-0002"}, [4]),
    ({"since": "2026-11-22T12:01:00Z"}, [3, 2]),
    ({"until": "2026-11-22T12:01:00Z"}, [4, 1]),
    ({"since": "2026-11-22T12:01:00Z", "until": "2026-11-22T12:02:00Z", "actor": "ada"}, [2]),
]


@pytest.mark.anyio
class AuditArchivesContract:
    async def test_an_empty_trail_is_whole_and_has_nothing(self, archive: AuditArchive) -> None:
        assert (await archive.page(AuditFilter(), PageRequest())).total == 0
        assert (await archive.newest(), await archive.head()) == (0, START)
        assert [batch async for batch in archive.links(until=10)] == []

    @pytest.mark.parametrize(("asked", "numbers"), WANTED)
    async def test_what_is_wanted_comes_the_newest_first_and_is_exported_the_oldest_first(
        self, archive: AuditArchive, trail: AuditTrail, asked: dict[str, str], numbers: list[int]
    ) -> None:
        await trail.record(*ENTRIES)
        wanted = AuditFilter.parse(**asked)

        page = await archive.page(wanted, PageRequest())
        assert ([each.seq for each in page.items], page.total) == (numbers, len(numbers))
        exported = [each.seq async for batch in archive.entries(wanted, until=99) for each in batch]
        assert exported == numbers[::-1]

    async def test_an_entry_comes_back_as_it_was_recorded(self, archive: AuditArchive, trail: AuditTrail) -> None:
        await trail.record(*ENTRIES)
        found = (await archive.page(AuditFilter(action="user.locked"), PageRequest())).items[0]

        assert (found.actor_id, found.actor_name, found.key_id, found.at) == (ADA, "ada", "k1", ENTRIES[1].at)
        assert (found.target, found.target_name, found.before, found.after) == (
            "user:1", "ada", {"status": "active"}, {}
        )  # fmt: skip
        assert Origin(found.address, found.device, found.request_id) == HOME

    async def test_pages_go_on_where_the_last_one_ended_and_end(self, archive: AuditArchive, trail: AuditTrail) -> None:
        await trail.record(*ENTRIES)
        pages = [await archive.page(AuditFilter(), PageRequest(number, 3)) for number in (1, 2, 3)]

        assert [[each.seq for each in page.items] for page in pages] == [[4, 3, 2], [1], []]
        assert {page.total for page in pages} == {4}

    async def test_batches_stop_where_they_are_told(self, archive: AuditArchive, trail: AuditTrail) -> None:
        await trail.record(*ENTRIES)
        await trail.record()

        assert [each.seq async for batch in archive.entries(AuditFilter(), until=2) for each in batch] == [1, 2]
        assert [link.seq async for batch in archive.links(until=3) for link in batch] == [1, 2, 3]

    async def test_the_links_are_a_chain_that_ends_at_the_head(self, archive: AuditArchive, trail: AuditTrail) -> None:
        for each in ENTRIES:
            await trail.record(each)
        check, head = ChainCheck(), await archive.head()
        async for batch in archive.links(until=99):
            for link in batch:
                check.follow(link)
        check.finish(head, await archive.newest())

        assert (check.damaged, check.entries, head.seq) == (0, 4, 4)
