"""How many letters were sent, and how many were not."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter

_OUTCOMES: Final = ("sent", "failed", "dropped")


class MailMetrics:
    """A `MailMeter`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Show the counts in a registry, from 0 on."""
        meaning = "Mails by what became of them: sent, failed, or dropped because too many waited"
        mails = Counter("ollamanet_mails", meaning, ("outcome",), registry=registry)
        self._outcomes: Final = {outcome: mails.labels(outcome) for outcome in _OUTCOMES}

    def mail_ended(self, outcome: str) -> None:
        """Count one."""
        self._outcomes[outcome].inc()
