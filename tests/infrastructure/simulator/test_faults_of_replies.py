"""Every fault of a chat, as a client sees it."""

import asyncio

import httpx
import pytest
from tests.infrastructure.simulator.daemons import daemon, eventually, lines, said

pytestmark = pytest.mark.anyio
CRASHED = "an error was encountered while running the model: unexpected EOF"
OOM = "llama-server process has terminated: exit status 1: cudaMalloc failed: out of memory"
Heard = tuple[httpx.Response | None, bytes, Exception | None]


async def heard(
    model: str, *, stream: bool = True, timeout: float = 10
) -> tuple[httpx.Response | None, bytes, Exception | None]:
    """Chat with a model: the head of its answer, the bytes of its body and how it broke, as far as they came."""
    head, body = None, b""
    async with daemon() as ollama:
        request = {"model": model, "messages": said("Hi"), "stream": stream}
        try:
            async with ollama.http.stream("POST", "/api/chat", json=request, timeout=timeout) as head:
                async for chunk in head.aiter_raw():
                    body += chunk
        except httpx.TransportError as error:
            return head, body, error
    return head, body, None


async def test_refuse_resets_the_connection_without_an_answer() -> None:
    head, body, error = await heard("fault-refuse")

    assert (head, body) == (None, b"")
    assert isinstance(error, httpx.ReadError | httpx.RemoteProtocolError)


async def test_cut_headers_closes_in_the_middle_of_the_head() -> None:
    head, _, error = await heard("fault-cut-headers")

    assert head is None
    assert isinstance(error, httpx.RemoteProtocolError)


@pytest.mark.parametrize("stream", [True, False])
async def test_hang_takes_a_slot_and_says_nothing(stream: bool) -> None:
    async with daemon() as ollama:
        with pytest.raises(httpx.ReadTimeout):
            await ollama.http.post(
                "/api/chat", json={"model": "fault-hang", "messages": said("Hi"), "stream": stream}, timeout=0.1
            )
        await eventually(lambda: ollama.simulator.counters.in_flight == 0)

        assert ollama.simulator.counters.cancelled == 1
        assert ollama.simulator.counters.loads == 1


async def test_slow_headers_come_late_but_come() -> None:
    async with daemon() as ollama:
        started = asyncio.get_running_loop().time()
        default = await ollama.chat("fault-slow-headers")
        between = asyncio.get_running_loop().time()
        chosen = await ollama.chat("fault-slow-headers:120")
        ended = asyncio.get_running_loop().time()

    assert lines(default)[-1]["done"]
    assert lines(chosen)[-1]["done"]
    assert between - started >= 0.05
    assert ended - between >= 0.12


@pytest.mark.parametrize(("model", "words"), [("fault-die-mid-stream", 3), ("fault-die-mid-stream:5", 5)])
async def test_die_mid_stream_closes_after_some_tokens(model: str, words: int) -> None:
    head, body, error = await heard(model)

    assert head is not None
    assert head.status_code == 200
    assert body.count(b'"done":false') == words
    assert isinstance(error, httpx.RemoteProtocolError)


async def test_die_mid_stream_may_die_before_the_first_token() -> None:
    head, body, error = await heard("fault-die-mid-stream:0")

    assert head is not None
    assert body == b""
    assert isinstance(error, httpx.RemoteProtocolError)


async def test_reset_mid_stream_resets_the_connection() -> None:
    head, body, error = await heard("fault-reset-mid-stream:2")

    assert head is not None
    assert body.count(b"\n") == 2
    assert isinstance(error, httpx.ReadError)


@pytest.mark.parametrize("fault", ["die-mid-stream", "reset-mid-stream"])
async def test_a_whole_answer_dies_in_the_middle_of_its_body(fault: str) -> None:
    head, body, error = await heard(f"fault-{fault}", stream=False)

    assert head is not None
    assert 0 < len(body) < int(head.headers["content-length"])
    assert isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)


@pytest.mark.parametrize(("fault", "words"), [("end-without-done", 3), ("repetition", 31), ("empty", 0)])
async def test_a_stream_may_end_cleanly_without_its_last_line(fault: str, words: int) -> None:
    head, body, error = await heard(f"fault-{fault}")

    assert head is not None
    assert error is None
    assert (body.count(b"\n"), body.count(b'"done":false')) == (words, words)


async def test_a_whole_answer_without_done_has_no_counters() -> None:
    head, body, _ = await heard("fault-end-without-done", stream=False)

    assert head is not None
    assert b'"done":false' in body
    assert b"eval_count" not in body


async def test_error_line_comes_with_a_status_of_200() -> None:
    async with daemon() as ollama:
        streamed = await ollama.chat("fault-error-line")
        whole = await ollama.chat("fault-error-line", stream=False)

    assert streamed.status_code == 200
    *words, last = lines(streamed)
    assert len(words) == 3
    assert list(last) == ["error"]
    assert last["error"].startswith("model runner has unexpectedly stopped")
    assert (whole.status_code, whole.json()) == (500, last)


async def test_crash_kills_the_runner_and_the_next_request_loads_it_again() -> None:
    async with daemon() as ollama:
        streamed = await ollama.chat("fault-crash")
        listed = list(await ollama.loaded())
        early = await ollama.chat("fault-crash:0")
        again = await ollama.chat("fault-crash", stream=False)

        assert lines(streamed)[-1] == {"error": CRASHED}
        assert listed == ["fault-crash"]
        assert (early.status_code, early.json()) == (500, {"error": CRASHED})
        assert (again.status_code, again.json()) == (500, {"error": CRASHED})
        assert ollama.simulator.counters.reloads == 1


@pytest.mark.parametrize(
    ("fault", "text"),
    [("oom", OOM), ("load-crash", "llama-server process has terminated"), ("load-stall", "timed out")],
)
async def test_a_failing_load_is_a_500_before_the_stream(fault: str, text: str) -> None:
    async with daemon() as ollama:
        answer = await ollama.chat(f"fault-{fault}")
        stats = await ollama.stats()

    assert answer.status_code == 500
    assert answer.json()["error"].startswith(text)
    assert (stats["failed_loads"], stats["loads"]) == (1, 0)


@pytest.mark.parametrize("stream", [True, False])
async def test_garbage_is_not_json(stream: bool) -> None:
    head, body, error = await heard("fault-garbage", stream=stream)

    assert head is not None
    assert (head.status_code, error) == (200, None)
    assert b"\xff" in body


@pytest.mark.parametrize("stream", [True, False])
async def test_half_line_ends_cleanly_in_the_middle_of_json(stream: bool) -> None:
    head, body, error = await heard("fault-half-line", stream=stream)

    assert head is not None
    assert error is None
    assert body.splitlines()[-1].startswith(b'{"model":"fault-half-line"')
    assert not body.endswith((b"\n", b"}"))


async def test_huge_line_is_one_line_and_then_the_reply_goes_on() -> None:
    async with daemon() as ollama:
        answer = lines(await ollama.chat("fault-huge-line:512"))

    assert max(len(line["message"]["content"]) for line in answer) == 512 * 1024
    assert answer[-1]["done"]


async def test_stall_says_a_little_and_then_nothing() -> None:
    _, body, error = await heard("fault-stall:2", timeout=0.2)

    assert body.count(b"\n") == 2
    assert isinstance(error, httpx.ReadTimeout)


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [("busy", 503, b"server busy"), ("forbidden", 403, b""), ("proxy-page", 502, b"<html>")],
)
async def test_a_request_may_be_turned_away(fault: str, status: int, body: bytes) -> None:
    head, heard_body, _ = await heard(f"fault-{fault}")

    assert head is not None
    assert head.status_code == status
    assert body in heard_body
