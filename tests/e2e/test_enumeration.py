"""Whether an account exists cannot be read off a clock, nor off anything else of an answer."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import client, registered
from tests.e2e.conftest import served

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AUTH = "/api/v1/auth"
NOWHERE = "http://127.0.0.1:9"
PEOPLE, ROUNDS = 60, 3
# By chance the share wanders from a half by 0.05 (one standard deviation, for 60 of each kind). Without the hash for
# nobody it is 0.9 and more, also on a machine that is busy with other things.
CLEARLY = 0.25


def slower(some: Sequence[float], others: Sequence[float]) -> float:
    """The share of all pairs in which the first is the slower one, as Mann and Whitney count it; a half for equals."""
    ranked = sorted([(each, 1) for each in some] + [(each, 0) for each in others])
    ranks = sum(rank for rank, (_, mine) in enumerate(ranked, 1) if mine)
    return (ranks - len(some) * (len(some) + 1) / 2) / (len(some) * len(others))


async def timed(
    ask: Callable[[str], Awaitable[httpx.Response]], known: Sequence[str], unknown: Sequence[str]
) -> tuple[list[float], list[float], set[tuple[int, str]]]:
    """The quickest of a few answers to each name, in seconds, by kind, and what they say apart from ids."""
    best: dict[str, float] = {}
    said = set()
    for turn, pair in enumerate(list(zip(known, unknown, strict=True)) * ROUNDS):
        # Whichever comes second may find warmer caches.
        for name in pair if turn % 2 else reversed(pair):
            started = time.perf_counter()
            answer = await ask(name)
            best[name] = min(best.get(name, 60.0), time.perf_counter() - started)
            body = {name: value for name, value in answer.json().items() if name != "request_id"}
            said.add((answer.status_code, str(body)))
    return [best[name] for name in known], [best[name] for name in unknown], said


async def test_neither_sign_in_nor_a_forgotten_password_tells_who_has_an_account(tmp_path: Path) -> None:
    with served(NOWHERE, tmp_path, OLLAMANET_ARGON2_MEMORY_KIB="8192") as running:
        async with client(running.url) as http:
            people = [(await registered(http)).user for _ in range(PEOPLE)]

            async def sign_in(login: str) -> httpx.Response:
                return await http.post(f"{AUTH}/login", json={"login": login, "password": "a wrong pass phrase"})

            async def forgot(email: str) -> httpx.Response:
                return await http.post(f"{AUTH}/forgot-password", json={"email": email})

            names = [each["username"] for each in people]
            found = {"login": await timed(sign_in, names, [f"nope-{name[5:]}" for name in names])}
            emails = [each["email"] for each in people]
            found["forgot"] = await timed(forgot, emails, [f"nope-{email[5:]}" for email in emails])
    for route, (known, unknown, said) in found.items():
        assert len(said) == 1, (route, said)
        share = slower(known, unknown)
        medians = [statistics.median(each) * 1000 for each in (known, unknown)]
        assert abs(share - 0.5) < CLEARLY, (route, share, medians)


def test_the_measure_finds_what_is_clearly_slower_and_nothing_in_equals() -> None:
    assert slower([2, 3, 4], [0, 1]) == 1
    assert slower([0, 1], [2, 3, 4]) == 0
    assert slower([1, 4], [2, 3]) == 0.5
