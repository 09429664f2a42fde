"""All that is stored about somebody, for him."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from hashlib import sha256

import pytest
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.commands.export_own_data import ExportOwnData, ExportOwnDataHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, AuditEntry
from ollamanet.domain.kernel.errors import Conflict, Forbidden
from ollamanet.domain.kernel.ids import UserId

HIMSELF = Actor(ADA.id, ADA.roles, name="ada")
PIECES = [("one.json", b"{"), ("one.json", b"}"), ("two/a.md", b"hello")]


class Part:
    """Gives the pieces that it was told to, and says when it was closed."""

    def __init__(self, folder: str, pieces: list[tuple[str, bytes]]) -> None:
        self.folder, self.pieces = folder, pieces
        self.asked: list[UserId] = []
        self.closed = 0

    async def files(self, owner: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        self.asked.append(owner)
        try:
            for piece in self.pieces:
                yield piece
        finally:
            self.closed += 1


class Trail:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    async def record(self, *entries: AuditEntry) -> None:
        self.entries += entries


def handler(*parts: Part) -> ExportOwnDataHandler:
    return ExportOwnDataHandler(parts, Trail(), FixedClock())


async def exported(export: ExportOwnDataHandler, actor: Actor = HIMSELF) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    async for path, piece in export(ExportOwnData(actor, HERE)):
        files[path] = files.get(path, b"") + piece
    return files


@pytest.mark.anyio
async def test_every_part_comes_in_its_folder_and_an_index_last() -> None:
    parts = Part("account", PIECES), Part("usage", [("days.json", b"[]")])

    files = await exported(handler(*parts))

    assert list(files) == ["account/one.json", "account/two/a.md", "usage/days.json", "index.json"]
    assert files["account/one.json"] == b"{}"
    assert [part.asked for part in parts] == [[ADA.id], [ADA.id]]
    index = json.loads(files.pop("index.json"))
    assert (index["format"], index["version"], index["user_id"]) == ("ollamanet-export", 1, str(ADA.id))
    assert index["exported_at"] == "2026-11-22T12:00:00+00:00"
    assert index["files"] == [
        {"path": path, "bytes": len(content), "sha256": sha256(content).hexdigest()} for path, content in files.items()
    ]


@pytest.mark.anyio
async def test_an_index_of_nothing_is_json_too() -> None:
    assert json.loads((await exported(handler()))["index.json"])["files"] == []


@pytest.mark.anyio
async def test_it_is_told_in_the_trail() -> None:
    export = handler()
    await exported(export)
    (entry,) = export.trail.entries
    assert (entry.action, entry.by.user_id, entry.target, entry.target_name) == (
        "user.exported",
        ADA.id,
        f"user:{ADA.id}",
        "ada",
    )


@pytest.mark.anyio
async def test_an_api_key_takes_nothing_along() -> None:
    part = Part("account", PIECES)
    with pytest.raises(Forbidden):
        await exported(handler(part), replace(HIMSELF, key="1"))
    assert part.asked == []


@pytest.mark.anyio
async def test_one_export_of_a_user_runs_at_a_time() -> None:
    export = handler(Part("account", PIECES))
    async with aclosing(export(ExportOwnData(HIMSELF, HERE))) as first:
        await anext(first)
        with pytest.raises(Conflict):
            await exported(export)
        assert await exported(export, Actor(BOB.id))
    assert await exported(export)


@pytest.mark.anyio
async def test_who_leaves_stops_the_work() -> None:
    part, later = Part("account", PIECES), Part("later", PIECES)
    export = handler(part, later)
    async with aclosing(export(ExportOwnData(HIMSELF, HERE))) as files:
        await anext(files)
    assert (part.closed, later.asked, export.running) == (1, [], set())


@pytest.mark.anyio
@pytest.mark.parametrize("paths", [["../x"], ["/etc/passwd"], ["a\\b"], ["a", "b", "a"]])
async def test_a_path_that_leads_elsewhere_or_comes_twice_ends_it(paths: list[str]) -> None:
    with pytest.raises(ValueError, match="name"):
        await exported(handler(Part("account", [(path, b"x") for path in paths])))
