"""Somebody takes all of his data along."""

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, AuditTrail, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.application.kernel.own_data import OwnData
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.file_names import is_safe_path
from ollamanet.domain.kernel.ids import UserId

INDEX: Final = "index.json"
"""The last file: it lists all others, so that one who has it knows that nothing is missing."""


@dataclass(frozen=True, slots=True)
class ExportOwnData:
    """Who wants it."""

    actor: Actor
    origin: Origin


@dataclass(frozen=True, slots=True)
class ExportOwnDataHandler:
    """Joins what the modules have of somebody.

    Attributes:
        parts: of the modules, in the order of their files.
        running: whose exports are under way in this process.
    """

    parts: Sequence[OwnData]
    trail: AuditTrail
    clock: Clock
    running: set[UserId] = field(default_factory=set)

    async def __call__(self, command: ExportOwnData) -> AsyncGenerator[tuple[str, bytes], None]:
        """All files, piece by piece; the first step checks, and the end of the generator ends all work.

        Yields:
            The path of a file and its next bytes; all pieces of a file come one after the other.

        Raises:
            Forbidden: the caller came with an API key.
            Conflict: an export of his is running.
            StorageUnavailable: the database cannot be used; also in between.
        """
        actor = command.actor
        actor.require_sign_in()
        if actor.user_id in self.running:
            raise Conflict("an export of yours is running already")
        self.running.add(actor.user_id)
        try:
            now = self.clock.now()
            await self.trail.record(_entry(command, now))
            index = _Index()
            for part in self.parts:
                async with aclosing(part.files(actor.user_id)) as files:
                    async for path, piece in files:
                        index.note(whole := f"{part.folder}/{path}", piece)
                        yield whole, piece
            for piece in index.pieces(actor.user_id, now):
                yield INDEX, piece
        finally:
            self.running.discard(actor.user_id)


def _entry(command: ExportOwnData, now: datetime) -> AuditEntry:
    actor = command.actor
    return AuditEntry(
        "user.exported",
        Agent.of(actor),
        command.origin,
        now,
        target=f"user:{actor.user_id}",
        target_name=actor.name,
    )


class _Index:
    """Sizes and sums of all files; some hundred bytes for each."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._paths: set[str] = set()
        self._path = ""
        self._size = 0
        self._sum = sha256()

    def note(self, path: str, piece: bytes) -> None:
        """The next piece of what is exported."""
        if path != self._path:
            if not is_safe_path(path) or path in self._paths:
                raise ValueError("a file of an export has a name that it must not have")
            self._close()
            self._path, self._size, self._sum = path, 0, sha256()
            self._paths.add(path)
        self._size += len(piece)
        self._sum.update(piece)

    def _close(self) -> None:
        if self._path:
            line = {"path": self._path, "bytes": self._size, "sha256": self._sum.hexdigest()}
            self._lines.append(json.dumps(line, ensure_ascii=False).encode())

    def pieces(self, user_id: UserId, at: datetime) -> Iterator[bytes]:
        """The index itself, as JSON."""
        self._close()
        head = {"format": "ollamanet-export", "version": 1, "user_id": str(user_id), "exported_at": at.isoformat()}
        yield json.dumps(head, indent=1).encode().removesuffix(b"\n}") + b',\n "files": ['
        yield from _joined(self._lines)
        yield b"\n ]\n}\n"


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        yield (b",\n  " if number else b"\n  ") + line
