"""An audit trail that forgets."""

from ollamanet.application.kernel.audit import AuditEntry


class MemoryTrail:
    """`AuditTrail` in a list."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    async def record(self, *entries: AuditEntry) -> None:
        self.entries += entries
