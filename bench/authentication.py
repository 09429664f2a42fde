"""What it costs a chat to know who asks: `PYTHONPATH=src python -m bench.authentication`; in process, one core.

Warm is what every request pays: the header is found and its token is known from within the last 5 s. Cold is what one
request in 5 s pays: the signature is checked, and one read of SQLite brings session and account.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ollamanet.application.kernel.audit import Origin
from ollamanet.bootstrap.sessions_wiring import SignedInPeople, wire_sessions
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.bootstrap.storage import Storage, open_storage
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.sql_roles import SqlRoles
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.kernel.auth import authenticated, bearer_token
from ollamanet.interfaces.kernel.request_info import RequestInfo, attach

BOUND = 60.0
"""Microseconds that authentication may add to a request whose token is known."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds a request: the median over the rounds, and of all rounds the worst."""

    median: float
    worst: float


async def measured(*, people: int, calls: int, rounds: int) -> tuple[Cost, Cost]:
    """Warm and cold."""
    with tempfile.TemporaryDirectory() as folder:
        (config := Path(folder, "none.toml")).touch()
        settings = load_settings({"OLLAMANET_DATA_DIR": folder}, config)
        async with open_storage(settings) as storage:
            signed_in = wire_sessions(
                settings, storage, SqlRoles(storage.database, SystemClock()), SystemClock(), UuidV7Ids()
            )
            headers = await _headers(signed_in, storage, people)
            warm = [await _warm(signed_in, headers, calls) for _ in range(rounds)]
            cold = [await _cold(signed_in, headers) for _ in range(rounds)]
            return _cost(warm), _cost(cold)


async def _headers(signed_in: SignedInPeople, storage: Storage, people: int) -> list[list[tuple[bytes, bytes]]]:
    """The headers of a chat as a browser sends it, of each of them."""
    users, now = SqlUsers(storage.database, storage.writer), SystemClock().now()
    usual = [(b"host", b"localhost"), (b"accept", b"text/event-stream"), (b"content-type", b"application/json")]
    found = []
    for number in range(1, people + 1):
        name = f"person{number}"
        email = Email.parse(f"{name}@example.org")
        user = User(UserId(UUID(int=number)), email, Username.parse(name), frozenset({"User"}), now)
        await users.add(user, password_hash="none")
        token = (await signed_in.opener.open(user, Origin("192.0.2.1", "a browser"))).token
        found.append([*usual, (b"authorization", b"Bearer " + token.text.encode())])
    return found


async def _warm(signed_in: SignedInPeople, headers: Sequence[list[tuple[bytes, bytes]]], calls: int) -> float:
    """What the layer in front of every route adds to an application that does nothing."""
    signed_in.callers.forget_everyone()
    for each in headers:
        await signed_in.callers.verify(bearer_token(each))
    if any(signed_in.callers.known(bearer_token(each)) is None for each in headers):
        raise RuntimeError("the tokens were verified, and are not known")
    scopes: list[Any] = [{"type": "http", "headers": each} for each in headers]
    for scope in scopes:
        attach(scope, RequestInfo("request-1", 0.0))
    with_it = await _spent(authenticated(signed_in.callers)(_nothing), scopes, calls)
    without = await _spent(_nothing, scopes, calls)
    return (with_it - without) / calls * 1e6


async def _spent(app: ASGIApp, scopes: Sequence[Any], calls: int) -> float:
    started = process_time()
    for number in range(calls):
        await app(scopes[number % len(scopes)], _silent, _unheard)
    return process_time() - started


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The application."""


async def _silent() -> Any:
    """The client sends nothing."""


async def _unheard(message: Message) -> None:
    """And hears nothing."""


async def _cold(signed_in: SignedInPeople, headers: Sequence[list[tuple[bytes, bytes]]]) -> float:
    signed_in.callers.forget_everyone()
    started = perf_counter()
    for each in headers:
        await signed_in.callers.verify(bearer_token(each))
    return (perf_counter() - started) / len(headers) * 1e6


def _cost(rounds: Sequence[float]) -> Cost:
    return Cost(median(rounds), max(rounds))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; end with 1 when a known token costs more than the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="whose tokens take turns")
    parser.add_argument("--calls", type=int, default=20_000, help="requests in a warm round")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each")
    chosen = parser.parse_args(arguments)
    warm, cold = asyncio.run(measured(people=chosen.people, calls=chosen.calls, rounds=chosen.rounds))
    reached = warm.median <= BOUND
    print("| authentication | us / request, median | worst round | bound | |\n|---|---:|---:|---:|---|")
    print(f"| warm | {warm.median:.2f} | {warm.worst:.2f} | {BOUND:.0f} | {'PASS' if reached else 'MISS'} |")
    print(f"| cold, once in 5 s | {cold.median:.0f} | {cold.worst:.0f} | | |")
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
