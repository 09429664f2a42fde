"""Somebody's conversations as files: each as JSON for programs and as Markdown for people, its images beside them."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import msgspec

from ollamanet.application.conversations.queries.export_conversations import ExportConversations
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.kernel.file_names import slug_of
from ollamanet.domain.kernel.ids import MessageId, UserId
from ollamanet.interfaces.conversations.markdown import markdown_head, markdown_message
from ollamanet.interfaces.conversations.presenters import conversation_view, message_view
from ollamanet.interfaces.conversations.schemas import MessageView
from ollamanet.interfaces.kernel.json_pieces import json_text

Names = Mapping[MessageId, list[str]]
Files = AsyncGenerator[tuple[str, bytes], None]

_ENDINGS: Final = (
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"RIFF", "webp"),
)
_LARGEST_FILE: Final = 2**30
"""Bytes after which a conversation goes on in another file: not every program reads archives of larger ones."""


@dataclass(frozen=True, slots=True)
class OwnConversations:
    """Satisfies `OwnData`."""

    export: ExportConversations
    largest_file: int = _LARGEST_FILE

    @property
    def folder(self) -> str:
        """Where they are."""
        return "conversations"

    async def files(self, owner: UserId) -> Files:
        """For each conversation a folder, the oldest first: its images, then `conversation.json` and `.md`."""
        async with aclosing(self.export.conversations(owner)) as conversations:
            async for conversation in conversations:
                async with aclosing(self._files_of(conversation)) as files:
                    async for path, piece in files:
                        yield path, piece

    async def _files_of(self, conversation: Conversation) -> Files:
        folder = _folder_of(conversation)
        names: dict[MessageId, list[str]] = {}
        async with aclosing(self.export.pictures(conversation)) as messages:
            async for message in messages:
                names[message.id] = []
                for number, encoded in enumerate(message.images or (), start=1):
                    image = _decoded(encoded)
                    names[message.id].append(f"images/{message.id}-{number}.{_ending(image)}")
                    yield f"{folder}/{names[message.id][-1]}", image
        for pieces, ending in (
            (self._as_json(conversation, names), "json"),
            (self._as_markdown(conversation, names), "md"),
        ):
            async with aclosing(pieces):
                async for number, piece in pieces:
                    yield f"{folder}/conversation{f'-{number}' if number > 1 else ''}.{ending}", piece

    async def _as_json(self, conversation: Conversation, names: Names) -> AsyncGenerator[tuple[int, bytes], None]:
        summary = await self.export.summary(conversation)
        head = msgspec.to_builtins(conversation_view(conversation)) | {"summary": summary.text if summary else None}
        begin = json_text(head).removesuffix(b"\n}\n") + b',\n "messages": ['
        number, size, between = 1, len(begin), b"\n"
        yield number, begin
        async with aclosing(self.export.texts(conversation)) as messages:
            async for message in messages:
                if size > self.largest_file:
                    yield number, b"\n]}\n"
                    number, size, between = number + 1, 0, b"\n"
                    yield number, begin
                piece = between + msgspec.json.encode(_with_names(message, names))
                size, between = size + len(piece), b",\n"
                yield number, piece
        yield number, b"\n]}\n"

    async def _as_markdown(self, conversation: Conversation, names: Names) -> AsyncGenerator[tuple[int, bytes], None]:
        number, piece = 1, markdown_head(conversation)
        size = len(piece)
        yield number, piece
        async with aclosing(self.export.texts(conversation)) as messages:
            async for message in messages:
                if size > self.largest_file:
                    number, size = number + 1, 0
                piece = markdown_message(message, names.get(message.id, ()))
                size += len(piece)
                yield number, piece


def _folder_of(conversation: Conversation) -> str:
    day, title = f"{conversation.created_at:%Y-%m-%d}", slug_of(conversation.title)
    return "_".join(part for part in (day, title, str(conversation.id)) if part)


def _with_names(message: Message, names: Names) -> MessageView:
    view = message_view(message)
    view.images = names.get(message.id, [])
    return view


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        # As it was stored: it is his all the same.
        return encoded.encode()


def _ending(image: bytes) -> str:
    return next((ending for beginning, ending in _ENDINGS if image.startswith(beginning)), "bin")
