"""What an Ollama daemon puts on the wire, byte for byte, and requests to have it answered."""

import json
from uuid import UUID

from ollamanet.domain.kernel.chat import ReplyRequest, Role, Sampling, Turn
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Delta, DoneReason, Finished, Text, Usage

STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
DONE = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 878646252,
    "load_duration": 782000000,
    "prompt_eval_count": 12,
    "prompt_eval_duration": 12500000,
    "eval_count": 4,
    "eval_duration": 40250000,
}
FINISHED = Finished(DoneReason.STOP, Usage(12, 4), load=0.782, prefill=0.0125)


def line(content: str = "", **more: object) -> bytes:
    """One line of a stream; `more` is put beside `message`, and into it where the key belongs there."""
    inside = {key: more.pop(key) for key in ("thinking", "tool_calls") if key in more}
    message = {"role": "assistant", "content": content} | inside
    start = {"model": "m", "created_at": "2026-01-02T03:04:05.67Z", "message": message, "done": False}
    return json.dumps(start | more, separators=(",", ":")).encode() + b"\n"


def done_line(content: str = "", **more: object) -> bytes:
    return line(content, **(DONE | more))


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def stream(*lines: bytes, end: bytes = END) -> bytes:
    """A whole streamed answer, a chunk a line."""
    return STREAM_HEAD + b"".join(chunk(each) for each in lines if each) + end


def refusal(status: int, body: bytes, *headers: bytes) -> bytes:
    head = b"\r\n".join([b"HTTP/1.1 %d Sorry" % status, b"Content-Length: %d" % len(body), *headers])
    return head + b"\r\n\r\n" + body


def listing(models: list[dict[str, object]]) -> bytes:
    body = json.dumps({"models": models}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def request(text: str = "Hi", *, model: str = "llama3.2", sampling: Sampling | None = None) -> ReplyRequest:
    return ReplyRequest(
        RequestId("request-1"),
        UserId(UUID(int=1)),
        ModelName.parse(model),
        (Turn(Role.USER, text),),
        sampling or Sampling(),
    )


def said(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, Text))
