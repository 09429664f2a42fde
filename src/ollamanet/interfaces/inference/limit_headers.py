"""The limits of a caller in headers: what holds for him, and what is left of his minute."""

from math import ceil
from typing import Final

from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.limit_ports import LimitUse, UsageMeter
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.limit_rollout import Applied, Mode
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.interfaces.inference.limits_schemas import ServiceBounds

_REMEMBERED: Final = 10_000
_MINUTE: Final = 60


class CallerLimitHeaders:
    """Satisfies `LimitHeaders`; what a caller was told once is looked up until the limits change."""

    def __init__(self, book: LimitBook, meter: UsageMeter, bounds: ServiceBounds) -> None:
        """Tell of these."""
        self._book: Final = book
        self._meter: Final = meter
        self._bounds: Final = bounds
        self._epoch = -1
        self._known: dict[Actor | None, bytes] = {}

    def service(self, actor: Actor | None) -> bytes:
        """The limits that hold for the caller; for somebody who did not sign in, those of most."""
        if self._epoch != self._book.epoch or len(self._known) >= _REMEMBERED:
            self._epoch = self._book.epoch
            self._known = {}
        if (known := self._known.get(actor)) is None:
            known = self._known[actor] = self._told(actor)
        return known

    def rates(self, actor: Actor) -> list[tuple[bytes, bytes]]:
        """What is left of the minute, by the tighter of the user's limits and his key's."""
        requests, tokens = self._meter.minute(actor)
        return [*_rate(b"requests", requests), *_rate(b"tokens", tokens)]

    def _told(self, actor: Actor | None) -> bytes:
        if actor is None:
            active = self._book.rollout.active
            return _dictionary(str(active.number), active.limits.default, None, self._bounds)
        applied = self._book.applied(actor)
        return _dictionary(_version(applied), applied.limits, applied.key, self._bounds)


def _version(applied: Applied) -> str:
    return f"{applied.version};canary" if applied.mode is Mode.CANARY else str(applied.version)


def _dictionary(version: str, limits: UserLimits, key: UserLimits | None, bounds: ServiceBounds) -> bytes:
    of = (limits, key) if key else (limits,)
    daily = [each.tokens_per_day for each in of if each.tokens_per_day is not None]
    members = {
        "v": version,
        "prompt-tokens": bounds.prompt_tokens,
        "body-bytes": bounds.body_bytes,
        "queue-depth": bounds.queue_depth,
        "queue-timeout": ceil(bounds.queue_timeout_s),
        "request-timeout": ceil(bounds.request_timeout_s),
        "concurrency": min(each.concurrency for each in of),
        "rpm": min(each.requests_per_minute for each in of),
        "tpm": min(each.tokens_per_minute for each in of),
    }
    if daily:
        members["tpd"] = min(daily)
    return ", ".join(f"{name}={value}" for name, value in members.items()).encode("ascii")


def _rate(what: bytes, use: LimitUse) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-ratelimit-limit-" + what, b"%d" % (use.limit or 0)),
        (b"x-ratelimit-remaining-" + what, b"%d" % (use.remaining or 0)),
        (b"x-ratelimit-reset-" + what, _duration(use.reset_after or 0.0)),
    ]


def _duration(seconds: float) -> bytes:
    """As OpenAI writes it, whose names these headers are: `20ms`, `1s`, `6m0s`."""
    if seconds < 1:
        return b"%dms" % ceil(seconds * 1000)
    minutes, left = divmod(ceil(seconds), _MINUTE)
    return b"%dm%ds" % (minutes, left) if minutes else b"%ds" % left
