"""RAG bursts against interactive users: who chats waits no longer because others have documents read.

The same as rag_burst.js, for machines without k6: first only interactive users and clients that leave, then also users
who send long prompts, several at once. Prints what was measured, and exits with 1 when an objective was missed.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx
import msgspec
from account import percentile, signed_in

QUESTION: Final = "Explain in a few sentences why the sky is blue."
PASSAGE: Final = "The committee met on the second floor, read the minutes of the former year and adjourned. "
DOCUMENTS: Final = f"{PASSAGE * 100}\nWhat did the committee decide?"
TIMEOUTS: Final = frozenset({"queue_timeout", "upstream_timeout"})
TIMED_OUT, FAILED, REFUSED = "timed out", "failed", "refused"
Phase = Literal["steady", "burst"]
# Each with its variable, its default and its meaning; times in seconds.
SETTINGS: Final = {
    "USERS": (5, "users who chat"),
    "LEAVERS": (2, "clients that leave"),
    "RAG_USERS": (2, "users with documents"),
    "RAG_BATCH": (3, "prompts that such a user sends at once"),
    "RAG_EVERY_S": (15, "from burst to burst"),
    "STEADY_S": (25, "the phase without bursts"),
    "BURST_S": (30, "the phase with them"),
    "SLACK_S": (4, "what a burst may add to the P95 wait of those who chat: about one service time of a slot"),
}


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent, and for how long; see `SETTINGS`."""

    users: int
    leavers: int
    rag_users: int
    rag_batch: int
    rag_every_s: float
    steady_s: float
    burst_s: float
    slack_s: float
    model: str | None


@dataclass(slots=True)
class Seen:
    """What was measured, in seconds; `endings` are counted by phase and what became of the question."""

    completion: list[float] = field(default_factory=list)
    waits: dict[Phase, list[float]] = field(default_factory=lambda: {"steady": [], "burst": []})
    endings: Counter[tuple[Phase, str]] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    left: int = 0

    def rate(self, ending: str, *phases: Phase) -> float:
        """The share of questions that ended so."""
        total = sum(count for (phase, _), count in self.endings.items() if phase in phases)
        return sum(self.endings[phase, ending] for phase in phases) / max(1, total)

    def objectives(self, slack: float) -> list[tuple[str, float, float]]:
        """Each objective: its name, what was reached, and the bound."""
        calm, busy = (percentile(self.waits[phase], 95) for phase in ("steady", "burst"))
        return [
            ("P95 completion, s", percentile(self.completion, 95), 45.0),
            ("timed out, share", self.rate(TIMED_OUT, "steady", "burst"), 0.01),
            ("refused while steady, share", self.rate(REFUSED, "steady"), 0.05),
            ("failed, share", self.rate(FAILED, "steady", "burst"), 0.0),
            (f"P95 wait of those who chat in bursts, s (steady {calm:.2f})", busy, calm + slack),
        ]


class Scenario:
    """One run."""

    def __init__(self, http: httpx.AsyncClient, load: Load) -> None:
        """Talk over `http`."""
        self.seen = Seen()
        self._http = http
        self._load = load
        self._random = random.Random(1)  # noqa: S311 # think times
        self._began = time.monotonic()

    async def run(self) -> None:
        """All users, to the end of their last answers.

        Raises:
            httpx.HTTPError: nobody can sign in.
        """
        await self._ask(await signed_in(self._http), QUESTION, 5, "interactive")  # the model is loaded by this
        load, self._began = self._load, time.monotonic()
        async with asyncio.TaskGroup() as users:
            for _ in range(load.users):
                users.create_task(self._chats())
            for _ in range(load.leavers):
                users.create_task(self._leaves())
            for _ in range(load.rag_users):
                users.create_task(self._reads())

    def _passed(self) -> float:
        return time.monotonic() - self._began

    def _goes_on(self) -> bool:
        return self._passed() < self._load.steady_s + self._load.burst_s

    async def _chats(self) -> None:
        headers = await signed_in(self._http)
        while self._goes_on():
            await asyncio.sleep(self._random.uniform(2, 4))
            phase: Phase = "steady" if self._passed() < self._load.steady_s else "burst"
            wait = await self._noted(phase, headers, QUESTION, 40, "interactive")
            if wait is not None:
                self.seen.waits[phase].append(wait)

    async def _reads(self) -> None:
        headers, load = await signed_in(self._http), self._load
        await asyncio.sleep(load.steady_s - self._passed())
        while self._goes_on():
            began = time.monotonic()
            batch = (self._noted("burst", headers, DOCUMENTS, 80, "background") for _ in range(load.rag_batch))
            await asyncio.gather(*batch)
            await asyncio.sleep(load.rag_every_s - (time.monotonic() - began))

    async def _leaves(self) -> None:
        headers = await signed_in(self._http)
        while self._goes_on():
            await asyncio.sleep(self._random.uniform(4, 6))
            try:
                async with asyncio.timeout(self._random.uniform(0.3, 1.5)):
                    await self._ask(headers, QUESTION, 200, "interactive")
            except TimeoutError:
                self.seen.left += 1

    async def _noted(self, phase: Phase, *asked: Any) -> float | None:
        """Ask, and note what became of it; seconds in the queue if it was answered."""
        began = time.monotonic()
        try:
            code, wait, pause = await self._ask(*asked)
        except httpx.HTTPError as error:
            code, wait, pause = type(error).__name__, 0.0, None
        if code == "done":
            ending = "done"
            self.seen.completion.append(time.monotonic() - began)
        else:
            ending = TIMED_OUT if code in TIMEOUTS else REFUSED if pause is not None else FAILED
            self.seen.codes[code] += 1
        self.seen.endings[phase, ending] += 1
        await asyncio.sleep(pause or 0)
        return wait if code == "done" else None

    async def _ask(
        self, headers: dict[str, str], message: str, tokens: int, priority: str
    ) -> tuple[str, float, float | None]:
        """One question: `done` or a code, seconds in the queue, and when to come back if it was refused."""
        body: dict[str, Any] = {"message": message, "priority": priority, "options": {"num_predict": tokens}}
        if self._load.model:
            body["model"] = self._load.model
        async with self._http.stream("POST", "/api/v1/chats/stream", json=body, headers=headers) as response:
            if response.status_code != 200:
                code = msgspec.json.decode(await response.aread())["code"]
                declined = response.status_code in {429, 503}
                return code, 0.0, float(response.headers.get("retry-after", 1)) if declined else None
            event = ""
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event in {"done", "error"}:
                    data = msgspec.json.decode(line.removeprefix("data: "))
                    if event == "error":
                        return data["code"], 0.0, None
                    reason = "queue_timeout" if data["done_reason"] == "timeout" else "done"
                    return reason, data["timings"]["queue_ms"] / 1000, None
        return "broken", 0.0, None


async def run(base_url: str, load: Load) -> Seen:
    """The whole scenario."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=base_url, timeout=180.0, limits=limits) as http:
        scenario = Scenario(http, load)
        await scenario.run()
        return scenario.seen


def report(seen: Seen, slack: float) -> bool:
    """Print it; whether every objective was reached."""
    counts = ", ".join(f"{phase} {ending}: {count}" for (phase, ending), count in sorted(seen.endings.items()))
    print(f"{counts}; left: {seen.left}; codes: {dict(seen.codes)}")
    reached = True
    for name, value, bound in seen.objectives(slack):
        reached &= value <= bound
        print(f"{'ok    ' if value <= bound else 'MISSED'} {name}: {value:.3f} (at most {bound:.3f})")
    return reached


def main() -> int:
    """Parse the command line and run; the exit status."""
    parser = argparse.ArgumentParser(description="RAG bursts against interactive users.")
    parser.add_argument("--base-url", default=os.environ.get("BASE_URL"), required="BASE_URL" not in os.environ)
    parser.add_argument("--model", default=os.environ.get("MODEL"))
    for name, (default, meaning) in SETTINGS.items():
        option, kind = f"--{name.lower().replace('_', '-')}", float if name.endswith("_S") else int
        parser.add_argument(option, type=kind, default=kind(os.environ.get(name, default)), help=meaning)
    given = vars(parser.parse_args())
    base_url = given.pop("base_url")
    seen = Seen()
    try:
        seen = asyncio.run(run(base_url, Load(**given)))
    except* httpx.HTTPError as errors:
        print(f"the scenario could not run: {errors.exceptions[0]!r}")
    if not (seen.completion and seen.waits["steady"] and seen.waits["burst"]):
        print(f"too little was answered to judge: {dict(seen.codes)}")
        return 1
    return 0 if report(seen, given["slack_s"]) else 1


if __name__ == "__main__":
    sys.exit(main())
