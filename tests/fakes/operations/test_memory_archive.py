"""The fake keeps the contract of what it stands for."""

import pytest
from tests.contracts.audit_archives import AuditArchivesContract
from tests.fakes.operations.memory_archive import MemoryArchive


class TestMemoryArchive(AuditArchivesContract):
    @pytest.fixture
    def archive(self) -> MemoryArchive:
        return MemoryArchive()

    @pytest.fixture
    def trail(self, archive: MemoryArchive) -> MemoryArchive:
        return archive
