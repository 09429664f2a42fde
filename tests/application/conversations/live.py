"""One service with its live chats, for tests of what is kept."""

from contextlib import aclosing
from typing import Any

from tests.application.conversations.chatting import ADA, Chat
from tests.fakes.conversations.numbered_transcript import NumberedTranscript
from tests.fakes.inference.scripts import Step

from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.conversations.live_chats import LiveChats, RepeatKey
from ollamanet.application.conversations.live_kept import KeptChat
from ollamanet.application.conversations.live_room import RoomBounds
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.ids import RequestId

GRACE = 30.0
UNUSED = (0, 0, 0, 0)


def command(name: str = "request-1", actor: Actor = ADA, text: str = "Hi") -> SendMessage:
    return SendMessage(actor, RequestId(name), text)


class Live:
    """Its chats, and what their one consumer was told."""

    def __init__(self, *script: Step, room: int = 2**28, **options: Any) -> None:
        self.chat = Chat(*script, **options)
        self.chats: LiveChats[NumberedTranscript] = LiveChats(
            self.chat.send, NumberedTranscript, RoomBounds(room), grace=GRACE
        )

    def keep(self, name: str = "request-1", key: str | None = None, body: bytes = b"1", **more: Any) -> Any:
        repeat = None if key is None else RepeatKey(key, body)
        return self.chats.keep(command(name, **more), repeat)

    async def ask(self, name: str = "request-1", **more: Any) -> None:
        """An ordinary chat, heard to its end."""
        async with aclosing(await self.chats.open(command(name, **more))) as events:
            async for batch in events:
                self.chat.heard.extend(batch)


async def hear(kept: KeptChat[NumberedTranscript], after: int = 0, *, limit: int = 10**9) -> bytes:
    """What follows an event, up to `limit` pieces or the end."""
    heard = b""
    async with aclosing(kept.events(after, at_once=False)) as events:
        async for pieces in events:
            heard += b"".join(piece.data for piece in pieces)
            limit -= 1
            if not limit:
                break
    return heard
