"""Structured logs: one line an event, JSON or console, and only fields from a list."""

import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
import structlog

ALLOWED: Final = frozenset(
    {
        "address", "code", "completion_tokens", "component", "count", "detail", "done_reason", "duration_ms", "event",
        "exception", "level", "method", "model", "prompt_tokens", "queue_ms", "replica", "request_id", "route",
        "signal", "status", "timestamp", "url", "user_id", "version",
    }
)  # fmt: skip
"""What a line may hold. A body, a token or a prompt has no field, so it cannot get in by mistake."""

_log: Final = structlog.get_logger()
_json_lines: bool = False
"""Lines of requests are written as JSON right here: each request has one, and the usual chain costs a tenth of it."""


def configure_logs(form: Literal["json", "console", "auto"] = "auto", level: str = "info") -> None:
    """Set the process's logging up; `auto` is console on a terminal, JSON elsewhere."""
    terminal = sys.stderr.isatty()
    renderer: Any = structlog.processors.JSONRenderer(_encoded)
    if form == "console" or (form == "auto" and terminal):
        # A traceback stays plain: the prettier ones show local variables, and with them what users wrote.
        renderer = structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=structlog.dev.plain_traceback)
    threshold = logging.getLevelNamesMapping()[level.upper()]
    global _json_lines  # noqa: PLW0603 - what structlog keeps for itself is of the process, too
    _json_lines = isinstance(renderer, structlog.processors.JSONRenderer) and threshold <= logging.INFO
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            only_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=max(threshold, logging.WARNING), force=True)


def only_allowed(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and those without a value."""
    return {name: value for name, value in event.items() if name in ALLOWED and value is not None}


def log_request(line: Mapping[str, Any], error: BaseException | None) -> None:
    """Write the one line of a request; a defect comes with its traceback."""
    if error is not None:
        _log.error("request", exc_info=error, **line)
    elif _json_lines:
        event = {name: value for name, value in line.items() if name in ALLOWED and value is not None}
        event |= {"event": "request", "level": "info", "timestamp": _now()}
        sys.stderr.write(_encoded(event) + "\n")
    else:
        _log.info("request", **line)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _encoded(event: Any, **_: Any) -> str:
    try:
        return msgspec.json.encode(event, enc_hook=str).decode()
    except UnicodeEncodeError:
        return json.dumps(event, default=str, ensure_ascii=False).encode("utf-8", "replace").decode()


class _ToStructlog(logging.Handler):
    """Lines of libraries, in our form: their own text may quote what users sent, so it is kept to warnings."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level = min(record.levelno // 10 * 10, logging.CRITICAL)
            detail = record.getMessage()
            structlog.get_logger().log(level, "library", component=record.name, detail=detail, exc_info=record.exc_info)
        except Exception:  # noqa: BLE001 - as every handler: a line that cannot be written must not end the work
            self.handleError(record)
