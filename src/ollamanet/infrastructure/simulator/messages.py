"""The messages of a chat request, as far as a model without a brain needs to understand them."""

import re
from dataclasses import dataclass
from typing import Final

from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.go_json import encode, kind_of
from ollamanet.infrastructure.simulator.tokens import count_tokens
from ollamanet.infrastructure.simulator.wire_errors import WireError

IMAGE_TOKENS: Final = 768
MESSAGE_OVERHEAD_TOKENS: Final = 4
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/=\r\n]")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: `text` is all that it adds to the prompt, tool calls and thinking included."""

    role: str
    text: str
    images: int = 0

    @property
    def tokens(self) -> int:
        """What the turn costs in the prompt, template and images included."""
        return count_tokens(self.text) + MESSAGE_OVERHEAD_TOKENS + self.images * IMAGE_TOKENS


def read_messages(request: Fields) -> list[Message]:
    """Read `messages`.

    Raises:
        WireError: 400 for a wrong type, a `data:` URL where bare base64 belongs, or tool arguments given as text.
    """
    messages = []
    for fields in request.objects("messages", "api.Message"):
        parts = [fields.text("content"), fields.text("thinking"), fields.text("tool_name"), _calls(fields)]
        images = count_images(fields)
        messages.append(Message(fields.text("role").lower(), "\n".join(part for part in parts if part), images))
    return messages


def count_images(fields: Fields) -> int:
    """Check and count `images`.

    Raises:
        WireError: 400 with the position of the first byte that is not base64.
    """
    images = fields.texts("images", "api.ImageData")
    for image in images:
        if match := _NOT_BASE64.search(image):
            raise WireError(400, f"illegal base64 data at input byte {match.start()}")
        length = len(image.replace("\r", "").replace("\n", ""))
        if length % 4:
            raise WireError(400, f"illegal base64 data at input byte {length - length % 4}")
    return len(images)


def _calls(fields: Fields) -> str:
    calls = []
    for call in fields.objects("tool_calls", "api.ToolCall"):
        function = call.mapping("function")
        arguments = function.get("arguments")
        if arguments is not None and not isinstance(arguments, dict):
            kind = kind_of(arguments)
            raise WireError(400, f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
        calls.append(encode(function).decode())
    return "\n".join(calls)
