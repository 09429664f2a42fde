"""What is logged, and above all what is not."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ollamanet.infrastructure.kernel.logs import ALLOWED, only_allowed

PROGRAM = Path(__file__).with_name("log_scenarios.py")


@cache
def logged(form: str, level: str = "info") -> str:
    command = [sys.executable, "-W", "error", str(PROGRAM), form, level]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert finished.stdout == ""
    return finished.stderr


def lines(level: str = "info") -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in logged("json", level).splitlines() if line.startswith("{")]


def counted(count: int) -> dict[str, Any]:
    (line,) = (line for line in lines() if line.get("count") == count)
    return line


def from_library(detail: str) -> dict[str, Any]:
    (line,) = (line for line in lines() if line.get("detail") == detail)
    return line


def test_a_request_is_one_line_with_the_fields_that_have_a_value() -> None:
    line = next(line for line in lines() if line["event"] == "request")
    timestamp = line.pop("timestamp")

    assert timestamp.endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "request-1",
        "method": "POST",
        "route": "/api/v1/chats",
        "status": 200,
        "duration_ms": 1.5,
        "code": "conflict",
    }


def test_a_defect_comes_with_its_traceback_and_without_its_variables() -> None:
    line = counted(1)

    assert line["level"] == "error"
    assert "ZeroDivisionError: broken" in line["exception"]
    assert "log_everything" in line["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_nothing_secret_gets_in(form: str) -> None:
    assert "secret" not in logged(form).replace('password = "secret in a local variable"', "")


def test_only_fields_from_the_list_are_kept() -> None:
    line = counted(2)

    assert set(line) == {"event", "level", "timestamp", "count", "detail"}
    assert line["detail"] == "kept"


def test_what_has_no_place_in_json_is_written_all_the_same() -> None:
    assert counted(4)["detail"] == "shown"
    assert counted(3)["detail"] == "a?b"


def test_a_library_is_heard_from_warnings_on() -> None:
    assert from_library("it says this")["component"] == "some.library"
    assert from_library("it says this")["level"] == "warning"
    assert "KeyError: 'lost'" in from_library("it failed")["exception"]
    assert from_library("between the levels")["level"] == "warning"


def test_a_library_that_logs_wrongly_is_not_brought_down_by_it() -> None:
    assert "no number" in logged("json")
    assert from_library("it failed")["level"] == "error"


@pytest.mark.parametrize(
    ("level", "counts"),
    [("debug", {1, 2, 3, 4, 5, 6}), ("info", {1, 2, 3, 4, 6}), ("warning", {1, 6}), ("error", {1, 6})],
)
def test_the_level_decides_what_is_written(level: str, counts: set[int]) -> None:
    assert {line["count"] for line in lines(level) if "count" in line} == counts


def test_for_people_it_reads_in_lines_without_colours_where_there_is_no_terminal() -> None:
    written = logged("console")

    assert "\x1b" not in written
    assert "ZeroDivisionError: broken" in written
    assert "route=/api/v1/chats" in written


def test_without_a_terminal_it_is_json() -> None:
    assert logged("auto").startswith("{")


def test_a_field_without_a_value_is_no_field() -> None:
    given = {"event": "x", "user_id": None, "status": 0, "prompt": "secret", "token": "secret"}

    assert only_allowed(None, "info", given) == {"event": "x", "status": 0}
    assert not ALLOWED & {"body", "prompt", "token", "password", "path", "query", "headers", "message", "text"}
