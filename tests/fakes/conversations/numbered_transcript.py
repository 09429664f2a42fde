"""Events of a chat as short numbered blocks, without the wire's own format."""

from collections.abc import Sequence

from ollamanet.application.conversations.chat_events import ChatEvent
from ollamanet.domain.kernel.reply import Finished, Text


class NumberedTranscript:
    """Encodes a text as itself, anything else as the name of its type; a reply's own end is not shown."""

    def __init__(self) -> None:
        self.number = 0
        self.everything = b""

    def encode(self, batch: Sequence[ChatEvent]) -> bytes:
        data = b""
        for event in batch:
            if not isinstance(event, Finished):
                self.number += 1
                shown = event.text if isinstance(event, Text) else type(event).__name__
                data += b"id: %d\ndata: %b\n\n" % (self.number, shown.encode())
        self.everything += data
        return data

    def begins(self, batch: Sequence[ChatEvent]) -> bool:
        return isinstance(batch[-1], Text)
