"""What a chat's request headers say."""

import hashlib
import re
from typing import Annotated, Final, TypeAlias

import msgspec
from litestar.params import HeaderParameter

from ollamanet.application.conversations.live_chats import RepeatKey
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.interfaces.conversations.schemas import ChatBody

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_EVENT_ID: Final = re.compile(r"[0-9]{1,18}")

IdempotencyKey: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="1 to 255 visible ASCII characters: the same request under the same key joins the first one, "
        "while that runs and for the grace period after its end",
    ),
]
LastEventId: TypeAlias = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="the last event that was heard; without it all of them come"),
]


def repeat_key(key: str | None, body: ChatBody) -> RepeatKey | None:
    """What makes a request the same as another one of its user; None without a key.

    Raises:
        InvalidRequest: the key is not one.
    """
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest("Idempotency-Key: expected 1 to 255 visible ASCII characters")
    canonical = msgspec.json.encode(body, order="deterministic")
    return RepeatKey(key, hashlib.blake2b(canonical, digest_size=32).digest())


def last_event(given: str | None) -> int:
    """The number of the last event that was heard; 0 for none.

    Raises:
        InvalidRequest: it is not the number of an event.
    """
    if given is None:
        return 0
    if not _EVENT_ID.fullmatch(given):
        raise InvalidRequest("Last-Event-ID: expected the id of an event, a whole number")
    return int(given)
