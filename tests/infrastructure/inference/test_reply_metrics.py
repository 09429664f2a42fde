"""What is counted of replies, by model and replica, and never by user."""

import math
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from tests.contracts.metrics_text import Scraped, scraped

from ollamanet.domain.inference.reply_record import ReplyRecord
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import Priority, ReplyRequest, Role, Turn
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Usage
from ollamanet.infrastructure.inference.reply_metrics import ReplyMetrics
from ollamanet.infrastructure.kernel.bounded_labels import BoundedLabels, anything

LLAMA = ModelName("Llama3")
KEY = "llama3:latest"
WHOLE = ReplyRecord(
    model=LLAMA,
    workload=Priority.INTERACTIVE,
    replica=ReplicaId("gpu1"),
    outcome="stop",
    queued=2.0,
    first_token=3.0,
    generating=1.0,
    total=4.0,
    pieces=21,
    expected_output=100,
    prompt_estimate=60,
    usage=Usage(50, 21),
    trimmed=0,
    cold_load=False,
    attempts=1,
    truncated=False,
)
CANCELLED = replace(WHOLE, outcome="cancelled", pieces=41, generating=2.0, usage=Usage())


class Meter:
    """Counts into a registry of its own."""

    def __init__(self, most_models: int = 100) -> None:
        self.registry = CollectorRegistry()
        models, replicas = BoundedLabels(most_models, anything), BoundedLabels(50, anything)
        self.replies = ReplyMetrics(self.registry, models, replicas)

    def after(self, *records: ReplyRecord) -> Scraped:
        for record in records:
            self.replies.ended(record)
        self.replies.settle()
        return scraped(self.registry)


def request(model: ModelName = LLAMA) -> ReplyRequest:
    return ReplyRequest(RequestId(UUID(int=1)), UserId(UUID(int=2)), model, (Turn(Role.USER, "Why?"),))


def test_a_whole_answer_is_counted_and_timed() -> None:
    seen = Meter().after(WHOLE)

    assert seen["ollamanet_replies_total", "interactive", KEY, "stop"] == 1
    assert seen["ollamanet_queue_wait_seconds_sum", "interactive", KEY] == 2.0
    assert seen["ollamanet_time_to_first_token_seconds_sum", KEY, "gpu1"] == 3.0
    assert seen["ollamanet_time_per_output_token_seconds_sum", KEY, "gpu1"] == pytest.approx(0.05)
    assert seen["ollamanet_reply_duration_seconds_sum", KEY, "gpu1"] == 4.0
    assert seen["ollamanet_prompt_tokens_total", KEY, "gpu1"] == 50
    assert seen["ollamanet_completion_tokens_total", KEY, "gpu1"] == 21
    assert seen["ollamanet_prompt_estimate_ratio_sum", KEY] == pytest.approx(1.2)
    for silent in ("trims", "trimmed_turns", "truncations", "cold_replies", "failovers", "cancellations"):
        assert seen.named(f"{silent}_total") == {}, silent


def test_a_refusal_is_counted_by_its_code_and_as_nothing_else() -> None:
    meter = Meter()
    meter.replies.refused(request(), "queue_full")
    meter.replies.refused(request(), "queue_full")
    seen = scraped(meter.registry)

    assert set(seen.samples) == {("ollamanet_reply_refusals_total", "interactive", "queue_full", KEY)}
    assert seen["ollamanet_reply_refusals_total", "interactive", "queue_full", KEY] == 2


def test_who_never_had_a_slot_has_waited_and_has_no_replica() -> None:
    seen = Meter().after(
        replace(WHOLE, replica=None, outcome="queue_timeout", first_token=None, generating=0.0, pieces=0,
                usage=Usage(), attempts=0)
    )  # fmt: skip

    assert seen["ollamanet_replies_total", "interactive", KEY, "queue_timeout"] == 1
    assert seen["ollamanet_reply_duration_seconds_count", KEY, "none"] == 1
    assert seen.named("time_to_first_token_seconds_count") == {}
    assert seen.named("time_per_output_token_seconds_count") == {}
    assert seen.named("prompt_tokens_total") == {}


def test_trims_truncations_loads_and_failovers_are_counted() -> None:
    seen = Meter().after(replace(WHOLE, trimmed=3, truncated=True, cold_load=True, attempts=3), WHOLE)

    assert seen["ollamanet_trims_total", KEY] == 1
    assert seen["ollamanet_trimmed_turns_total", KEY] == 3
    assert seen["ollamanet_truncations_total", KEY] == 1
    assert seen["ollamanet_cold_replies_total", KEY, "gpu1"] == 1
    assert seen["ollamanet_failovers_total", KEY] == 2
    # The prompt that Ollama cut says nothing about the estimate of the whole.
    assert seen["ollamanet_prompt_estimate_ratio_count", KEY] == 1


class TestCancellation:
    def test_gives_back_what_was_expected_still_to_come_at_the_models_pace(self) -> None:
        seen = Meter().after(WHOLE, CANCELLED)

        assert seen["ollamanet_cancellations_total", KEY, "gpu1", "generating"] == 1
        assert seen["ollamanet_gpu_seconds_given_back_total", KEY, "gpu1", "generating"] == pytest.approx(59 * 0.05)

    def test_knows_the_pace_from_its_own_beginning_when_it_is_the_first(self) -> None:
        seen = Meter().after(CANCELLED)

        assert seen["ollamanet_gpu_seconds_given_back_total", KEY, "gpu1", "generating"] == pytest.approx(59 * 0.05)

    def test_in_the_queue_gives_back_the_whole_answer(self) -> None:
        queued = replace(CANCELLED, replica=None, first_token=None, generating=0.0, pieces=0)
        seen = Meter().after(WHOLE, queued)

        assert seen["ollamanet_gpu_seconds_given_back_total", KEY, "none", "queued"] == pytest.approx(100 * 0.05)

    def test_before_the_first_token_is_told_apart_and_costs_nothing_that_was_not_measured(self) -> None:
        seen = Meter().after(replace(CANCELLED, first_token=None, generating=0.0, pieces=0))

        assert seen["ollamanet_cancellations_total", KEY, "gpu1", "loading"] == 1
        assert seen["ollamanet_gpu_seconds_given_back_total", KEY, "gpu1", "loading"] == 0

    def test_of_an_answer_longer_than_expected_gives_nothing_back(self) -> None:
        seen = Meter().after(replace(CANCELLED, pieces=500))

        assert seen["ollamanet_gpu_seconds_given_back_total", KEY, "gpu1", "generating"] == 0


def test_ten_thousand_models_make_no_more_series_than_the_limit() -> None:
    meter, random = Meter(most_models=20), Random(1)
    for _ in range(10_000):
        model = ModelName(f"m{random.getrandbits(64):x}")
        meter.replies.refused(request(model), "model_not_found")
        meter.replies.ended(replace(CANCELLED, model=model, trimmed=1))
    meter.replies.settle()
    seen = scraped(meter.registry)

    assert len(seen.named("replies_total")) == 21
    assert seen["ollamanet_replies_total", "interactive", "other", "cancelled"] == 10_000 - 20
    assert sum(seen.named("reply_refusals_total").values()) == 10_000
    assert len(seen.samples) < 21 * 120


def test_no_label_names_a_user_or_a_request() -> None:
    meter = Meter()
    meter.replies.refused(request(), "rate_limited")
    meter.replies.ended(WHOLE)
    meter.replies.settle()

    labels = {label for family in meter.registry.collect() for sample in family.samples for label in sample.labels}
    assert labels == {"class", "code", "le", "model", "outcome", "replica"}


AMOUNTS = st.integers(-5, 5) | st.sampled_from([10**400, -(10**400)])
TIMES = st.floats() | st.sampled_from([-1.0, 1e300, math.inf, math.nan])


@given(
    changed=st.fixed_dictionaries(
        dict.fromkeys(("pieces", "expected_output", "prompt_estimate", "trimmed", "attempts"), AMOUNTS)
        | dict.fromkeys(("queued", "first_token", "generating", "total"), TIMES)
    ),
    prompt=st.none() | AMOUNTS,
    completion=st.none() | AMOUNTS,
    outcome=st.sampled_from(["stop", "cancelled", "upstream_error"]),
)
def test_nothing_that_a_replica_may_claim_makes_it_fail(
    changed: dict[str, Any], prompt: int | None, completion: int | None, outcome: str
) -> None:
    meter = Meter()
    seen = meter.after(
        replace(WHOLE, usage=Usage(prompt, completion), outcome=outcome, **changed),
        replace(WHOLE, outcome="cancelled"),
    )

    assert seen["ollamanet_gpu_seconds_given_back_total", KEY, "gpu1", "generating"] >= 0
    assert sum(seen.named("replies_total").values()) == 2


def test_is_counted_together_with_others_and_in_the_end_by_itself() -> None:
    meter = Meter()
    for _ in range(100):
        meter.replies.ended(WHOLE)
    assert scraped(meter.registry)["ollamanet_replies_total", "interactive", KEY, "stop"] == 64

    meter.replies.settle()
    meter.replies.settle()
    assert scraped(meter.registry)["ollamanet_replies_total", "interactive", KEY, "stop"] == 100
