"""The limits that hold for the caller, and what he has used of them."""

from dataclasses import dataclass

from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.limit_ports import CallerUsage, UsageMeter
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.limit_rollout import Applied


@dataclass(frozen=True, slots=True)
class GetLimitsHandler:
    """Which limits, and by which version."""

    book: LimitBook

    def __call__(self, actor: Actor) -> Applied:
        """What holds for the caller now."""
        return self.book.applied(actor)


@dataclass(frozen=True, slots=True)
class GetUsageHandler:
    """What is used of them."""

    meter: UsageMeter

    def __call__(self, actor: Actor) -> CallerUsage:
        """What the caller uses now, and the key that he came with."""
        return self.meter.usage(actor)
