"""What the API document allows or forbids, sent as everybody: nothing is a 500, and answers are what it says."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import client
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run, started

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]

AUTH = "/api/v1/auth"
# None of the document's examples, or one of them would delete the account that asks.
PASSWORD = "nobody's example of a phrase"
IDENTITY = "^/api/v1/(me$|auth/|admin/(users|roles|invitations|audit))"
# It finds ids in answers, and would sign itself out by them; so these come last, with another token.
LEAVING = ("logout", "revokeSession", "revokeOtherSessions", "resetUserPassword")
# Statuses of 5xx other than 500 are answers of the contract (a deadline of 1 ms), and what a schema cannot say (an
# address, what a model can do) is refused with 400.
_CHECKS_LEFT_OUT = "not_a_server_error,positive_data_acceptance"


@dataclass(frozen=True)
class Fuzzed:
    """A service with a user and an administrator, to be sent whatever its document has."""

    service: Running
    http: httpx.AsyncClient
    folder: Path

    async def answer(self, name: str) -> httpx.Response:
        body = {"login": name, "password": PASSWORD, "refresh_token": True}
        answer = await self.http.post(f"{AUTH}/login", json=body)
        assert answer.status_code == 200, answer.text
        self.http.cookies.clear()
        return answer

    async def send_as(self, name: str, *options: str) -> list[str]:
        """What was answered while signed in; most of it to somebody who was still known."""
        staying, leaving = [(await self.answer(name)).json()["access_token"] for _ in range(2)]
        await self.send("-H", f"Authorization: Bearer {staying}", *_each("--exclude-operation-id"), *options)
        answered = self.answered()
        assert len([line for line in answered if '"status":401' in line]) < len(answered) / 3
        await self.send("-H", f"Authorization: Bearer {leaving}", *_each("--include-operation-id"), *options)
        return answered

    def answered(self) -> list[str]:
        return [line for line in self.service.log if '"event":"request"' in line]

    async def send(self, *options: str) -> None:
        arguments = ("run", f"{self.service.url}/schema", *options, "--phases", "examples,coverage,fuzzing")
        done = await asyncio.to_thread(
            subprocess.run,
            [
                sys.executable, "-m", "schemathesis.cli", *arguments,
                "--exclude-checks", _CHECKS_LEFT_OUT, "--continue-on-failure",
                "--generation-deterministic", "--warnings", "off", "--no-color",
            ],
            capture_output=True, text=True, timeout=200, check=False, cwd=self.folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:]
        assert not [line for line in self.answered() if '"status":500' in line]


def _each(option: str) -> list[str]:
    return [word for name in LEAVING for word in (option, name)]


@pytest.fixture
async def fuzzed(tmp_path: Path) -> AsyncIterator[Fuzzed]:
    async with _fuzzed(tmp_path) as fuzzed:
        yield fuzzed


@asynccontextmanager
async def _fuzzed(folder: Path) -> AsyncIterator[Fuzzed]:
    options = ("--models", "llama3.2", "--tokens-per-second", "0", "--load-seconds", "0", "--slots", "64")
    with started("simulate", "--port", "0", "--reply-tokens", "5", *options) as simulator:  # noqa: SIM117
        with served(simulator.url, folder) as service:
            for name, role in (("ada", "user"), ("boss", "admin")):
                account = (f"{name}@example.net", "--username", f"fuzzing-{name}", "--role", role, "--password-stdin")
                made = run("users", "create", *account, given=PASSWORD, OLLAMANET_DATA_DIR=str(folder))
                assert made.returncode == 0, made.stderr
            async with client(service.url) as http:
                yield Fuzzed(service, http, folder)


async def test_as_a_user_on_every_operation(fuzzed: Fuzzed) -> None:
    assert len(await fuzzed.send_as("fuzzing-ada", "--max-examples", "40")) > 300


async def test_as_an_administrator_on_every_operation_about_identity(fuzzed: Fuzzed) -> None:
    options = ("--include-path-regex", IDENTITY, "--max-examples", "20")
    assert len(await fuzzed.send_as("fuzzing-boss", *options)) > 300


async def test_as_a_browser_with_its_cookie_and_as_nobody(fuzzed: Fuzzed) -> None:
    cookie = f"Cookie: ollamanet_refresh={(await fuzzed.answer('fuzzing-ada')).json()['refresh_token']}"
    by_cookie = ("--include-operation-id", "refresh", "--include-operation-id", "logout")
    await fuzzed.send("-H", cookie, "-H", "Sec-Fetch-Site: same-origin", *by_cookie, "--max-examples", "40")
    refreshed = [line for line in fuzzed.answered() if "/auth/refresh" in line and '"status":200' in line]
    assert refreshed
    await fuzzed.send("--include-path-regex", "^/api/v1/auth/", "--max-examples", "10")
    assert len(fuzzed.answered()) > 300
