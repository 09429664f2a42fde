"""From the body of a chat request to the command that it asks for."""

import base64
import binascii

import msgspec

from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.chat import Priority, Sampling
from ollamanet.domain.kernel.errors import InvalidRequest, RequestTooLarge
from ollamanet.domain.kernel.ids import ConversationId, RequestId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.interfaces.conversations.schemas import ChatBody, OptionsBody


def command_from(body: ChatBody, actor: Actor, request_id: str) -> SendMessage:
    """The command.

    Raises:
        InvalidRequest: a field is of the right type and still not valid.
    """
    if not body.message.strip() and not body.images:
        raise InvalidRequest("message: must not be empty")
    for index, image in enumerate(body.images):
        _check_image(index, image)
    return SendMessage(
        actor=actor,
        request_id=RequestId(request_id),
        text=body.message,
        conversation_id=None if body.conversation_id is None else ConversationId(body.conversation_id),
        model=None if body.model is None else ModelName.parse(body.model),
        system=body.system,
        images=tuple(body.images),
        sampling=_sampling(body),
        overflow=None if body.overflow is None else Overflow(body.overflow),
        priority=Priority(body.priority),
        timeout=None if body.deadline_ms is None else body.deadline_ms / 1000,
    )


def check_size(body: ChatBody, size: int, *, limit: int) -> None:
    """Hold what is not an image to the byte limit of ordinary bodies.

    Raises:
        RequestTooLarge: it is over.
    """
    text = size - sum(map(len, body.images))
    if text > limit:
        raise RequestTooLarge(f"body: {text} bytes without its images, and the limit is {limit}")


def _sampling(body: ChatBody) -> Sampling:
    if body.options is None and body.format is None and body.think is None and not body.tools:
        return Sampling()
    return Sampling(
        options={} if body.options is None else _options(body.options),
        format=None if body.format is None else msgspec.json.encode(body.format).decode(),
        think=body.think,
        tools=msgspec.json.encode(body.tools).decode() if body.tools else None,
    )


def _options(options: OptionsBody) -> dict[str, float | int | str | tuple[str, ...]]:
    given = msgspec.structs.asdict(options)
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items() if value is not None
    }


def _check_image(index: int, image: str) -> None:
    try:
        base64.b64decode(image, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"images[{index}]: expected bare base64, without a 'data:' prefix") from error
