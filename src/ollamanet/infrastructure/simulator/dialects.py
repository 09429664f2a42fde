"""How `/api/chat` and `/api/generate` word the same reply."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ollamanet.infrastructure.simulator.go_json import encode

ToolCall = Mapping[str, object]
_LOGPROB: Final = -0.125


class Beat(NamedTuple):
    """One token of a reply. `channel` is `content`, `thinking`, `silent` (swallowed by a parser) or `tools`."""

    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """The wording of one endpoint for one model, named as the client wrote it.

    `splits_thinking` tells whether thinking travels beside the text or within it; `logprobs` how many alternatives each
    token comes with, None for no log probabilities at all.
    """

    model: str
    is_chat: bool
    splits_thinking: bool
    logprobs: int | None = None

    def line(self, beat: Beat, stamp: str, calls: Sequence[ToolCall]) -> bytes:
        """One line of a stream, newline included; empty for a silent token."""
        if beat.channel == "silent":
            return b""
        if beat.channel == "content" and self.logprobs is None:
            opening = b'","message":{"role":"assistant","content":' if self.is_chat else b'","response":'
            closing = b'},"done":false}\n' if self.is_chat else b',"done":false}\n'
            head = b'{"model":' + encode(self.model) + b',"created_at":"' + stamp.encode()
            return head + opening + encode(beat.text) + closing
        thinking, content = (beat.text, "") if beat.channel == "thinking" else ("", beat.text)
        fields = {"model": self.model, "created_at": stamp, **self.body(thinking, content, calls), "done": False}
        if self.logprobs is not None and beat.text:
            fields["logprobs"] = [logprob_of(beat.text, self.logprobs)]
        return encode(fields) + b"\n"

    def body(self, thinking: str, content: str, calls: Sequence[ToolCall]) -> dict[str, object]:
        """The part of an answer that holds its text."""
        fields: dict[str, object] = {"content" if self.is_chat else "response": content}
        if thinking:
            fields["thinking"] = thinking
        if calls:
            fields["tool_calls"] = list(calls)
        return {"message": {"role": "assistant"} | fields} if self.is_chat else fields


def logprob_of(text: str, alternatives: int) -> dict[str, object]:
    """The log probability of a token, with `alternatives` others where asked for."""
    entry: dict[str, object] = {"token": text, "logprob": _LOGPROB, "bytes": list(text.encode())}
    if alternatives:
        others = [{"token": text, "logprob": _LOGPROB, "bytes": list(text.encode())}]
        for rank in range(1, alternatives):
            other = f" {zlib.crc32(f'{text}{rank}'.encode()):x}"
            others.append({"token": other, "logprob": _LOGPROB - rank, "bytes": list(other.encode())})
        entry["top_logprobs"] = others
    return entry


def token_ids(texts: Sequence[str]) -> list[int]:
    """Ids of tokens for the deprecated `context`, the same for the same token."""
    return [zlib.crc32(text.encode()) % 128_000 for text in texts]
