"""The fake keeps the contract of what it stands for."""

import pytest
from tests.contracts.external_identities import ExternalIdentitiesContract
from tests.fakes.identity.memory_external_identities import MemoryExternalIdentities
from tests.fakes.identity.memory_users import MemoryUsers


class TestMemoryExternalIdentities(ExternalIdentitiesContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()

    @pytest.fixture
    def identities(self, users: MemoryUsers) -> MemoryExternalIdentities:
        return MemoryExternalIdentities(users)
