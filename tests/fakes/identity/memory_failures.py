"""Failed sign-ins in a dictionary."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ollamanet.application.identity.sign_in_guard import Standing
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.sign_in_policy import NO_FAILURES, Failures, SignInPolicy
from ollamanet.domain.kernel.ids import UserId


class MemoryFailures:
    """Knows the addresses of accounts that it is told.

    Attributes:
        places: accounts and the addresses that they were used from.
        calls: names of what was asked for, in order.
    """

    def __init__(self) -> None:
        self.stored: dict[str, Failures] = {}
        self.places: set[tuple[UserId, str]] = set()
        self.trail: list[AuditEntry] = []
        self.calls: list[str] = []

    async def standing(self, subject: str, near: str, *, user_id: UserId | None, address: str) -> Standing:
        self.calls.append("standing")
        known = user_id is not None and (user_id, address) in self.places
        return Standing(self.stored.get(subject, NO_FAILURES), self.stored.get(near, NO_FAILURES), known)

    async def add(
        self,
        subject: str,
        policy: SignInPolicy,
        *,
        at: datetime,
        audit: Callable[[Failures], Sequence[AuditEntry]] = lambda _: (),
    ) -> Failures:
        self.calls.append("add")
        led_to = policy.after_failure(self.stored.get(subject, NO_FAILURES), at)
        self.trail += audit(led_to)
        self.stored[subject] = led_to
        return led_to

    async def clear(self, *subjects: str, audit: Sequence[AuditEntry] = ()) -> None:
        self.calls.append("clear")
        gone = [
            each for each in self.stored for subject in subjects if each == subject or each.startswith(f"{subject}@")
        ]
        for each in gone:
            self.stored.pop(each, None)
        self.trail += audit
