"""Counts and times replies for Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry

from ollamanet.domain.inference.reply_record import ReplyRecord
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.reply import DoneReason
from ollamanet.infrastructure.inference.reply_metric_families import ReplyFamilies
from ollamanet.infrastructure.kernel.bounded_labels import BoundedLabels, anything

NO_REPLICA: Final = "none"
_MOST_CODES: Final = 64
_SMOOTHING: Final = 0.2
_TOGETHER: Final = 64
_MOST: Final = 10**9
"""No honest number of tokens or seconds is larger; what a replica claims beyond it would spoil a counter for ever."""


class ReplyMetrics:
    """Satisfies `ReplyMeter`; used on the event loop only."""

    def __init__(self, registry: CollectorRegistry, models: BoundedLabels, replicas: BoundedLabels) -> None:
        """Count into `registry`, naming models and replicas as these labels do."""
        self._families = ReplyFamilies(registry)
        self._models = models
        self._replicas = replicas
        self._codes = BoundedLabels(_MOST_CODES, anything)
        self._per_token: dict[str, float] = {}
        self._pending: list[ReplyRecord] = []

    def refused(self, request: ReplyRequest, code: str) -> None:
        """Count it, and nothing else: it took nothing."""
        model = self._models.of(request.model.key)
        self._families.refusals[model, request.priority.value, self._codes.of(code)].inc()

    def ended(self, record: ReplyRecord) -> None:
        """Count and time it, together with others: what counts them is in the cache then, and costs half."""
        self._pending.append(record)
        if len(self._pending) >= _TOGETHER:
            self.settle()

    def settle(self) -> None:
        """Count what was put off; before the metrics are read."""
        pending, self._pending = self._pending, []
        for record in pending:
            self._count(record)

    def _count(self, record: ReplyRecord) -> None:
        families, model = self._families, self._models.of(record.model.key)
        replica = NO_REPLICA if record.replica is None else self._replicas.of(record.replica)
        workload = record.workload.value
        families.replies[model, workload, self._codes.of(record.outcome)].inc()
        families.wait[model, workload].observe(_sane(record.queued))
        families.total[replica, model].observe(_sane(record.total))
        if record.first_token is not None:
            families.first[replica, model].observe(_sane(record.first_token))
        self._tokens(record, replica, model)
        self._prompt(record, model)
        if record.cold_load:
            families.cold[replica, model].inc()
        if record.attempts > 1:
            families.failovers[model,].inc(_sane(record.attempts - 1))
        if record.outcome == DoneReason.CANCELLED:
            self._cancelled(record, replica, model)

    def _tokens(self, record: ReplyRecord, replica: str, model: str) -> None:
        families = self._families
        if record.usage.prompt_tokens is not None:
            families.prompt[replica, model].inc(_sane(record.usage.prompt_tokens))
        made = _made(record)
        families.completion[replica, model].inc(made)
        if made >= 2 and record.generating > 0:
            # Between n tokens lie n - 1 pauses; the time to the first is measured apart.
            per_token = _sane(record.generating) / (made - 1)
            families.per_token[replica, model].observe(per_token)
            known = self._per_token.get(model, per_token)
            self._per_token[model] = known + _SMOOTHING * (per_token - known)

    def _prompt(self, record: ReplyRecord, model: str) -> None:
        families = self._families
        if record.trimmed > 0:
            families.trims[model,].inc()
            families.trimmed_turns[model,].inc(_sane(record.trimmed))
        if record.truncated:
            families.truncations[model,].inc()
        elif record.prompt_estimate > 0 and (measured := record.usage.prompt_tokens or 0) > 0:
            # What Ollama cut tells nothing about the estimate of the whole.
            families.ratio[model,].observe(_sane(record.prompt_estimate) / _sane(measured))

    def _cancelled(self, record: ReplyRecord, replica: str, model: str) -> None:
        before = "queued" if record.replica is None else "loading"
        stage = before if record.first_token is None else "generating"
        where = (replica, model, stage)
        self._families.cancellations[where].inc()
        left = max(0.0, _sane(record.expected_output) - _made(record))
        self._families.given_back[where].inc(left * self._per_token.get(model, 0.0))


def _made(record: ReplyRecord) -> float:
    counted = record.usage.completion_tokens
    return _sane(record.pieces if counted is None else counted)


def _sane(amount: float) -> float:
    """The amount as a counter can take it."""
    return float(min(max(0, amount), _MOST))
