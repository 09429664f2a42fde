"""Everything that can be logged, logged once; run as a program, because it sets up a whole process.

Usage: python log_scenarios.py FORM LEVEL
"""

import logging
import sys

import structlog

from ollamanet.infrastructure.kernel.logs import configure_logs, log_request

LINE = {
    "request_id": "request-1",
    "method": "POST",
    "route": "/api/v1/chats",
    "status": 200,
    "duration_ms": 1.5,
    "user_id": None,
    "code": "conflict",
}


def log_everything() -> None:
    """Each line has a `count` or a `component` of its own to be found by."""
    log_request(LINE, None)
    try:
        password = "secret in a local variable"  # noqa: F841 - a traceback must not show it
        raise ZeroDivisionError("broken")
    except ZeroDivisionError as error:
        log_request({**LINE, "count": 1}, error)
    log = structlog.get_logger()
    log.info("fields", count=2, detail="kept", prompt="secret", password="secret", token="secret", body={"a": "secret"})
    log.info("surrogate", count=3, detail="a\ud800b")
    log.info("object", count=4, detail=ValueError("shown"))
    log.debug("debug", count=5)
    log.error("error", count=6)
    library = logging.getLogger("some.library")
    library.info("secret of a library")
    library.warning("it says %s", "this")
    library.log(35, "between the levels")
    library.warning("%d", "no number")
    try:
        raise KeyError("lost")
    except KeyError:
        library.exception("it failed")


if __name__ == "__main__":
    configure_logs(sys.argv[1], sys.argv[2])
    log_everything()
