"""The metrics of replies: their names, labels and buckets; a label never names a user."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from ollamanet.infrastructure.kernel.metric_children import Children

_WAIT: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 120.0)
_FIRST: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
# From 500 tokens a second down to one: a GPU of its own, a shared one, a CPU, one that swaps.
_PER_TOKEN: Final = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0)
_TOTAL: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0)
_RATIO: Final = (0.5, 0.75, 0.9, 1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 2.0, 3.0)


class ReplyFamilies:
    """Every family, in the registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add them to `registry`."""

        def counter(name: str, meaning: str, *labels: str) -> Children[Counter]:
            return Children(Counter(f"ollamanet_{name}", meaning, labels, registry=registry))

        def histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Children[Histogram]:
            return Children(Histogram(f"ollamanet_{name}", meaning, labels, registry=registry, buckets=buckets))

        where = ("replica", "model")
        self.refusals = counter("reply_refusals", "Requests that got no place, by code", "model", "class", "code")
        self.replies = counter(
            "replies",
            "Requests that had a place, by how they ended: a done reason or a code",
            "model",
            "class",
            "outcome",
        )
        self.wait = histogram(
            "queue_wait_seconds", "From admission to a slot, or to the end without one", _WAIT, "model", "class"
        )
        self.first = histogram(
            "time_to_first_token_seconds", "From admission to the first piece of the answer", _FIRST, *where
        )
        self.per_token = histogram(
            "time_per_output_token_seconds", "Mean time between two tokens of one answer", _PER_TOKEN, *where
        )
        self.total = histogram("reply_duration_seconds", "From admission to the end", _TOTAL, *where)
        self.prompt = counter("prompt_tokens", "Tokens of prompts, as the replicas counted them", *where)
        self.completion = counter(
            "completion_tokens", "Tokens of answers, as the replicas counted them, else the pieces that came", *where
        )
        self.trims = counter("trims", "Prompts that were trimmed to fit", "model")
        self.trimmed_turns = counter("trimmed_turns", "Turns that were left out of prompts", "model")
        self.ratio = histogram("prompt_estimate_ratio", "Estimated over measured tokens of a prompt", _RATIO, "model")
        self.truncations = counter("truncations", "Prompts that Ollama cut itself", "model")
        self.cold = counter("cold_replies", "Answers for which the model had to be loaded first", *where)
        self.failovers = counter("failovers", "Times that a request moved on to another replica", "model")
        self.cancellations = counter(
            "cancellations", "Requests that were cancelled: queued, loading or generating", "replica", "model", "stage"
        )
        self.given_back = counter(
            "gpu_seconds_given_back",
            "Estimated seconds of a slot that cancellations saved: expected tokens left x measured time per token",
            "replica", "model", "stage",
        )  # fmt: skip
