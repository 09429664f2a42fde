"""Conversations as Markdown."""

from collections.abc import Sequence
from typing import Final

from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.kernel.chat import Role

_SPEAKERS: Final = {Role.USER: "You", Role.TOOL: "Tool", Role.SYSTEM: "Instructions"}


def markdown_head(conversation: Conversation) -> bytes:
    """The title, and the instructions that go before every prompt."""
    lines = [f"# {conversation.title}", "", f"Begun {conversation.created_at:%Y-%m-%d %H:%M} UTC, {conversation.model}"]
    if conversation.system:
        lines += ["", "## Instructions", "", conversation.system]
    return "\n".join([*lines, ""]).encode()


def markdown_message(message: Message, images: Sequence[str]) -> bytes:
    """Who said it and when, what he said as it is, and its images, whose paths are those given."""
    outcome = message.outcome
    speaker = outcome.model if outcome else _SPEAKERS.get(message.role, "Model")
    lines = ["", f"## {speaker}, {message.created_at:%Y-%m-%d %H:%M} UTC", ""]
    if message.thinking:
        lines += ["> " + line for line in message.thinking.splitlines()] + [""]
    lines.append(message.text)
    for call in message.tool_calls:
        lines += ["", f"calls `{call.name}` with `{call.arguments}`"]
    lines += [f"\n![image {number}]({path})" for number, path in enumerate(images, start=1)]
    if outcome and outcome.partial:
        lines += ["", "(cut off here)"]
    return "\n".join([*lines, ""]).encode()
