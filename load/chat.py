"""The load scenario in Python: each user registers, signs in and streams one chat after another.

The same as chat.js, for machines without k6; bounded in chats and in time. Prints what was measured, and exits with 1
when a chat failed. A refusal that the contract allows under load (429, 503) is counted apart.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass, field

import httpx
import msgspec
from account import percentile, signed_in

QUESTION = "Explain in a few sentences why the sky is blue."
REFUSALS = (429, 503)


@dataclass(slots=True)
class Tally:
    """What was measured; times in seconds from the sending of the question."""

    first_event: list[float] = field(default_factory=list)
    first_token: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    tokens: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)

    def report(self, seconds: float) -> str:
        """The measurements, for people."""
        rows = [("first event", self.first_event), ("first token", self.first_token), ("whole answer", self.whole)]
        lines = [f"{name:<13} p50 {percentile(v, 50):8.3f} s   p95 {percentile(v, 95):8.3f} s" for name, v in rows if v]
        lines.append(
            f"{len(self.whole)} chats, {self.tokens} tokens in {seconds:.1f} s; "
            f"{self.refused} refused, {len(self.failures)} failed"
        )
        return "\n".join([*lines, *(f"  failed: {failure}" for failure in sorted(set(self.failures))[:10])])


async def user(http: httpx.AsyncClient, tally: Tally, chats: int) -> None:
    """One user's visit."""
    try:
        headers = await signed_in(http)
    except httpx.HTTPError as error:
        tally.failures.append(f"sign-in: {error!r}")
        return
    for _ in range(chats):
        try:
            await chat(http, tally, headers)
        except httpx.HTTPError as error:
            tally.failures.append(f"chat: {error!r}")


async def chat(http: httpx.AsyncClient, tally: Tally, headers: dict[str, str]) -> None:
    """One question and its whole answer."""
    began = time.perf_counter()
    async with http.stream("POST", "/api/v1/chats/stream", json={"message": QUESTION}, headers=headers) as response:
        if response.status_code in REFUSALS:
            tally.refused += 1
            await asyncio.sleep(float(response.headers.get("retry-after", 1)))
            return
        response.raise_for_status()
        await listen(response, tally, began)


async def listen(response: httpx.Response, tally: Tally, began: float) -> None:
    """Read the events to their end."""
    event, heard, tokens = "", False, 0
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
            if not heard:
                heard = True
                tally.first_event.append(time.perf_counter() - began)
            if event == "token" and not tokens:
                tally.first_token.append(time.perf_counter() - began)
            tokens += event == "token"
        elif line.startswith("data: ") and event == "error":
            tally.failures.append(f"error event: {msgspec.json.decode(line.removeprefix('data: ')).get('code')}")
            return
    if event != "done":
        tally.failures.append(f"the stream ended after {event or 'nothing'}")
        return
    tally.tokens += tokens
    tally.whole.append(time.perf_counter() - began)


async def run(base_url: str, users: int, chats: int, seconds: float) -> Tally:
    """The whole scenario, cut off after `seconds`."""
    tally = Tally()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=users)
    async with httpx.AsyncClient(base_url=base_url, timeout=httpx.Timeout(seconds), limits=limits) as http:
        visits = [asyncio.create_task(user(http, tally, chats)) for _ in range(users)]
        _, late = await asyncio.wait(visits, timeout=seconds)
        for visit in late:
            visit.cancel()
        for outcome in await asyncio.gather(*visits, return_exceptions=True):
            if isinstance(outcome, asyncio.CancelledError):
                tally.failures.append(f"not finished within {seconds:g} s")
            elif isinstance(outcome, BaseException):
                tally.failures.append(repr(outcome))
    return tally


def main() -> int:
    """Parse the command line and run; the exit status."""
    parser = argparse.ArgumentParser(description="Many users chat at once.")
    parser.add_argument("--base-url", default=os.environ.get("BASE_URL"), required="BASE_URL" not in os.environ)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--chats", type=int, default=3, help="chats of each user")
    parser.add_argument("--seconds", type=float, default=120, help="longest run")
    given = parser.parse_args()
    began = time.perf_counter()
    tally = asyncio.run(run(given.base_url, given.users, given.chats, given.seconds))
    print(tally.report(time.perf_counter() - began))
    return 0 if tally.whole and not tally.failures else 1


if __name__ == "__main__":
    sys.exit(main())
