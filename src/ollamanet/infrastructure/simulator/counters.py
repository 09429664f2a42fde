"""What the daemon did since the last reset."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Totals, all of them events except `pulled_bytes`; `in_flight` is the one gauge and survives a reset."""

    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    cancelled: int = 0
    refused_busy: int = 0
    loads: int = 0
    failed_loads: int = 0
    aborted_loads: int = 0
    unloads: int = 0
    reloads: int = 0
    evictions: int = 0
    generated_tokens: int = 0
    prompt_tokens: int = 0
    cached_prompt_tokens: int = 0
    embeddings: int = 0
    pulled_bytes: int = 0

    def reset(self) -> None:
        """Start over."""
        fresh = Counters(in_flight=self.in_flight)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def snapshot(self) -> dict[str, object]:
        """All totals by name."""
        totals: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return totals | {"requests": dict(self.requests), "faults": dict(self.faults)}
