"""Faults on demand: their names, and who asks for them.

A fault is written `kind` or `kind:amount`. A model whose name begins with `fault-` has that fault and its tag is the
amount (`fault-die-mid-stream:5` dies after five tokens), so that a gateway which forwards nothing but the model can be
tested; `ModelSpec.fault`, the header `X-Simulator-Fault` and `POST /simulator/faults` ask for one too.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from ollamanet.infrastructure.simulator.model_names import ModelName

_PREFIX: Final = "fault-"


class Stage(Enum):
    """When a fault strikes: before the request is looked at, while its model loads, or while it is answered."""

    CONNECTION = "connection"
    LOAD = "load"
    REPLY = "reply"


class Kind(Enum):
    """Every fault: its name, its stage and the amount it takes where none is given."""

    REFUSE = ("refuse", Stage.CONNECTION, 0)  # reset the connection without an answer
    SLOW_HEADERS = ("slow-headers", Stage.CONNECTION, 0)  # amount: milliseconds of silence; then serve
    CUT_HEADERS = ("cut-headers", Stage.CONNECTION, 0)  # close in the middle of the response's head
    BUSY = ("busy", Stage.CONNECTION, 0)  # 503 as from a full queue
    FORBIDDEN = ("forbidden", Stage.CONNECTION, 0)  # 403 without a body
    PROXY_PAGE = ("proxy-page", Stage.CONNECTION, 0)  # 502 with HTML, as from a proxy in between
    OOM = ("oom", Stage.LOAD, 0)
    LOAD_CRASH = ("load-crash", Stage.LOAD, 0)
    LOAD_STALL = ("load-stall", Stage.LOAD, 0)
    HANG = ("hang", Stage.REPLY, 0)  # take the slot and never answer
    STALL = ("stall", Stage.REPLY, 3)  # amount: tokens before the silence
    DIE = ("die-mid-stream", Stage.REPLY, 3)  # close between two chunks
    RESET = ("reset-mid-stream", Stage.REPLY, 3)  # the same with a TCP reset
    NO_DONE = ("end-without-done", Stage.REPLY, 3)
    ERROR_LINE = ("error-line", Stage.REPLY, 3)
    CRASH = ("crash", Stage.REPLY, 3)  # the runner dies; amount 0: before the first token, with a status of 500
    GARBAGE = ("garbage", Stage.REPLY, 3)  # a line that is not JSON
    HALF_LINE = ("half-line", Stage.REPLY, 3)  # a clean end in the middle of a line
    HUGE_LINE = ("huge-line", Stage.REPLY, 8192)  # amount: KiB of one line; then it goes on
    REPETITION = ("repetition", Stage.REPLY, 31)  # amount: equal tokens before the guard ends the stream
    EMPTY = ("empty", Stage.REPLY, 0)  # 200 and no line at all

    def __init__(self, label: str, stage: Stage, amount: int) -> None:
        self.label = label
        self.stage = stage
        self.amount = amount


_BY_LABEL: Final = {kind.label: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; what `amount` means depends on the kind."""

    kind: Kind
    amount: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `kind` or `kind:amount`; None for an unknown kind or an amount that is no number."""
        label, _, amount = text.partition(":")
        if (kind := _BY_LABEL.get(label)) is None or not (amount.isdecimal() or amount in {"", "latest"}):
            return None
        return cls(kind, int(amount) if amount.isdecimal() else kind.amount)


def fault_named_by(name: ModelName) -> Fault | None:
    """The fault that a model name asks for."""
    if not name.model.lower().startswith(_PREFIX):
        return None
    return Fault.parse(f"{name.model.lower().removeprefix(_PREFIX)}:{name.tag}")


@dataclass(slots=True)
class Planned:
    """A fault for the next `requests` that match. Without a `route` it is for the inference routes."""

    fault: Fault
    requests: int
    model: str = ""
    route: str = ""


class FaultPlan:
    """Planned faults, used up in the order they were asked for."""

    def __init__(self) -> None:
        """Start without a plan."""
        self.planned: list[Planned] = []

    def take(self, route: str, model: str, *, inference: bool) -> Fault | None:
        """The fault for this request, used up by one."""
        for plan in self.planned:
            if plan.model not in {"", model} or not (plan.route == route or (not plan.route and inference)):
                continue
            plan.requests -= 1
            if plan.requests <= 0:
                self.planned.remove(plan)
            return plan.fault
        return None
