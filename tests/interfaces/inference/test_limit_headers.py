"""Every response says which limits hold for its caller; those of models say what is left of the minute."""

import pytest
from tests.infrastructure.inference.quota_desk import ADA, QuotaDesk
from tests.interfaces.inference.limits_app import LimitsApp

from ollamanet.domain.inference.limits import UserLimits
from ollamanet.interfaces.inference import limit_headers

pytestmark = pytest.mark.anyio

SERVICE = "prompt-tokens=4096, body-bytes=1000, queue-depth=64, queue-timeout=60, request-timeout=1"


@pytest.fixture
def app() -> LimitsApp:
    return LimitsApp(QuotaDesk(keys={"k1": UserLimits(1, 2, 6000)}))


def rates(headers: dict) -> dict[str, str]:
    return {name[12:]: value for name, value in headers.items() if name.startswith("x-ratelimit-")}


async def test_the_limits_of_the_caller_are_told_and_those_of_most_to_nobody(app: LimitsApp) -> None:
    await app.post(
        "/admin/limits",
        {"mode": "active", "default": {"tokens_per_day": None}, "users": {str(ADA): {"tokens_per_day": 7}}},
    )
    told = {who: (await app.get("/system/limits", who)).headers["x-service-limits"] for who in ("ada", "bob", "x")}

    assert told == {
        "ada": f"v=2, {SERVICE}, concurrency=3, rpm=6, tpm=600, tpd=7",
        "bob": f"v=2, {SERVICE}, concurrency=3, rpm=6, tpm=600",
        "x": f"v=2, {SERVICE}, concurrency=3, rpm=6, tpm=600",
    }


async def test_a_key_is_told_the_tighter_of_its_own_and_its_users(app: LimitsApp) -> None:
    told = (await app.get("/system/limits", "ada-with-key")).headers["x-service-limits"]

    assert told == f"v=1, {SERVICE}, concurrency=1, rpm=2, tpm=600, tpd=2000"


async def test_what_is_left_of_the_minute_is_told_with_an_answer_and_with_a_refusal(app: LimitsApp) -> None:
    answered = await app.ask(595)
    assert rates(answered.headers) == {
        "limit-requests": "6",
        "remaining-requests": "5",
        "reset-requests": "10s",
        "limit-tokens": "600",
        "remaining-tokens": "5",
        "reset-tokens": "1m0s",
    }
    refused = await app.ask(100)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert rates(refused.headers) == rates(answered.headers)
    assert float(refused.json()["retry_after"]) == pytest.approx(9.5)
    assert refused.json()["limits"] == {"tokens_per_minute": 600}
    assert refused.headers["retry-after"] == "10"
    assert "x-should-retry" not in refused.headers

    app.desk.clock.passes(59.2)
    assert rates((await app.ask(1)).headers)["reset-tokens"] == "400ms"


async def test_a_debt_leaves_nothing_and_takes_its_time(app: LimitsApp) -> None:
    told = rates((await app.ask(1800)).headers)

    assert (told["remaining-tokens"], told["reset-tokens"]) == ("0", "3m0s")


async def test_a_key_is_told_what_is_left_to_the_tighter_of_both(app: LimitsApp) -> None:
    told = rates((await app.ask(500, "ada-with-key")).headers)

    assert (told["limit-requests"], told["remaining-requests"]) == ("2", "1")
    assert (told["limit-tokens"], told["remaining-tokens"]) == ("600", "100")


async def test_the_limits_that_were_hit_are_those_of_the_key_where_it_was_its_own(app: LimitsApp) -> None:
    for _ in range(2):
        await app.ask(1, "ada-with-key")
    refused = (await app.ask(1, "ada-with-key")).json()
    told = (await app.get("/system/limits", "ada-with-key")).json()

    assert refused["limits"] == {"requests_per_minute": 2}
    assert told["key"].items() >= refused["limits"].items()


async def test_a_program_is_told_not_to_try_by_itself_what_comes_back_tomorrow(app: LimitsApp) -> None:
    app.desk.clock.passes(1)
    await app.ask(2000)
    app.desk.clock.passes(300)
    refused = await app.ask(10)

    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.headers["x-should-retry"] == "false"
    assert refused.headers["retry-after"] == str(43_200 - 301)


async def test_other_responses_say_nothing_of_the_minute(app: LimitsApp) -> None:
    for response in (await app.get("/system/usage"), await app.ask(1, "nobody"), await app.get("/nowhere")):
        assert rates(response.headers) == {}


async def test_many_callers_are_not_all_remembered(app: LimitsApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit_headers, "_REMEMBERED", 1)
    for who in ("ada", "bob", "ada"):
        assert (await app.get("/system/limits", who)).headers["x-service-limits"].startswith("v=1, ")
