"""Limits that are the same for everybody."""

from typing import Final

from ollamanet.application.kernel.actor import Actor


class FixedLimits:
    """Satisfies `LimitHeaders`; says nothing of rates."""

    def __init__(self, service: str) -> None:
        self._service: Final = service.encode("ascii")

    def service(self, _actor: Actor | None) -> bytes:
        return self._service

    def rates(self, _actor: Actor) -> tuple[tuple[bytes, bytes], ...]:
        return ()
