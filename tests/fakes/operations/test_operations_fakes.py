"""The fake keeps the contract of what it stands for."""

import pytest
from tests.contracts.probes import ProbeContract
from tests.fakes.operations.scripted_probe import ScriptedProbe


class TestScriptedProbe(ProbeContract):
    @pytest.fixture
    def well(self) -> ScriptedProbe:
        return ScriptedProbe("database")

    @pytest.fixture
    def broken(self) -> ScriptedProbe:
        return ScriptedProbe("replica", failure=ConnectionError("refused"))
