"""`ollamanet chat` against a server that says what it is told to, over a real socket."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ollamanet.interfaces.conversations.cli import chat

DONE = ("done", {"assistant_message_id": "a"})


@contextmanager
def serving(*events: tuple[str, dict[str, Any]]) -> Iterator[str]:
    stream = "".join(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n" for name, data in events)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            signed_in = json.dumps({"access_token": "t", "user": {"username": "ada"}})
            body = (signed_in if self.path.endswith("/login") else stream).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def asked(*events: tuple[str, dict[str, Any]]) -> Result:
    with serving(*events) as url:
        arguments = ["--url", url, "--login", "ada", "--password-stdin", "Why?"]
        return CliRunner().invoke(chat, arguments, input="secret\n")


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\n\n"], ids=ascii)
def test_an_answer_with_ends_of_lines_of_any_kind_is_shown_to_its_end(end: str) -> None:
    result = asked(("token", {"text": f"one{end}two"}), ("token", {"text": " three"}), DONE)

    assert result.exit_code == 0
    assert result.stdout.startswith("one")
    assert result.stdout.endswith("two three\n")


@pytest.mark.parametrize("name", ["token", "thinking", "error"])
def test_what_a_model_says_gives_the_terminal_no_orders(name: str) -> None:
    text = "a\x1b[2J\x1b]52;c;aGk=\x07b\x9b31m c\td"
    data = {"message": text, "code": "upstream_error"} if name == "error" else {"text": text}
    result = asked((name, data), DONE)

    assert "a[2J]52;c;aGk=b31m c" in result.output
    assert not {"\x1b", "\x07", "\x9b"} & set(result.output)


def test_tool_calls_are_shown_without_orders_to_the_terminal() -> None:
    result = asked(("tool_call", {"id": "1", "name": "f\x1b[2J", "arguments": {"a": "b"}}), DONE)

    assert "[calls f[2J with {'a': 'b'}]" in result.output
