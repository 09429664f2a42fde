"""`ollamanet audit`: the trail from the command line."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.operations.memory_archive import MemoryArchive
from tests.infrastructure.kernel.audit_entries import entry

from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.operations.commands.export_trail import ExportTrailHandler
from ollamanet.application.operations.queries.list_audit_entries import ListAuditEntriesHandler
from ollamanet.application.operations.queries.verify_trail import VerifyTrailHandler
from ollamanet.interfaces.operations.audit_cli import audit as audit_group


class MemoryAudit:
    """Both the context of the commands and the use cases that it opens."""

    def __init__(self, *entries: AuditEntry) -> None:
        self.archive = MemoryArchive()
        asyncio.run(self.archive.record(*entries))
        self.listed = ListAuditEntriesHandler(self.archive)
        self.export = ExportTrailHandler(self.archive, self.archive, FixedClock())
        self.verify = VerifyTrailHandler(self.archive)

    @asynccontextmanager
    async def audit(self) -> AsyncIterator["MemoryAudit"]:
        yield self

    def anchor(self, seq: int) -> str:
        return f"{seq}:{self.archive.stored[seq - 1].hash}"


def run(audit: MemoryAudit, *arguments: str) -> Result:
    return CliRunner().invoke(audit_group, arguments, obj=audit, catch_exceptions=False)


def test_a_whole_trail_is_said_to_be_so_and_its_head_is_printed() -> None:
    audit = MemoryAudit(entry(), entry())
    result = run(audit, "verify", "--expect", audit.anchor(1), "--expect", "0:")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"2 entries, none changed or missing\nhead {audit.anchor(2)}\n"


def test_a_broken_trail_ends_with_1_and_names_the_entry() -> None:
    audit = MemoryAudit(entry(), entry(), entry())
    audit.archive.stored[1] = replace(audit.archive.stored[1], hash="forged")
    result = run(audit, "verify")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("2: changed: entry 2 was changed")
    assert "3: replaced: " in result.stderr
    assert result.stderr.endswith("Error: the audit trail is broken: 2 faults in 3 entries\n")


def test_of_very_many_faults_some_are_counted_only() -> None:
    audit = MemoryAudit(*(entry() for _ in range(150)))
    audit.archive.stored = [replace(each, hash="forged") for each in audit.archive.stored]

    assert ", 199 of them not shown" in run(audit, "verify").stderr


def test_a_cut_trail_is_noticed_by_an_anchor() -> None:
    audit = MemoryAudit(entry(), entry())
    anchor = audit.anchor(2)
    audit.archive.stored.pop()

    assert run(audit, "verify").exit_code == 0
    assert run(audit, "verify", "--expect", anchor).exit_code == 1


@pytest.mark.parametrize(
    "arguments", [("verify", "--expect", "7"), ("list", "--since", "tomorrow"), ("export", "--action", "%")]
)
def test_what_is_mistyped_ends_with_2(arguments: tuple[str, ...]) -> None:
    result = run(MemoryAudit(), *arguments)

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_list_is_a_line_for_each_entry_the_newest_first() -> None:
    nowhere = Origin()
    audit = MemoryAudit(entry(), entry("keys.rotated", "", name="", origin=nowhere), entry(by=Agent(None, "\x1b[2Jx")))

    assert run(audit, "list").stdout.splitlines() == [
        "3 2026-11-22 12:00:00 user.locked user:1 (ada) by somebody not signed in, as ?[2Jx from 192.0.2.7",
        "2 2026-11-22 12:00:00 keys.rotated by command line",
        "1 2026-11-22 12:00:00 user.locked user:1 (ada) by command line from 192.0.2.7",
    ]
    assert run(audit, "list", "--action", "keys.", "--limit", "1").stdout.startswith("2 ")
    assert run(audit, "list", "--actor", "nobody").stdout == ""


def test_a_list_ends_where_it_is_told_to_over_several_pages() -> None:
    audit = MemoryAudit(*(entry() for _ in range(450)))
    lines = run(audit, "list", "--limit", "401", "--json").stdout.splitlines()

    assert [json.loads(line)["seq"] for line in lines] == list(range(450, 49, -1))


def test_an_export_goes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    audit, file = MemoryAudit(entry(), entry("role.changed")), tmp_path / "audit.jsonl"
    assert run(audit, "export", "--output", str(file), "--action", "role.").exit_code == 0
    shown = run(audit, "export").stdout.splitlines()

    assert [json.loads(line)["action"] for line in file.read_text().splitlines()] == ["role.changed"]
    assert [json.loads(line)["seq"] for line in shown] == [1, 2, 3, 4]
