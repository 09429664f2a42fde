"""Removing a replica over the wire, with what runs on it or without."""

import pytest
from tests.interfaces.inference.replica_app import ADMIN, App

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("query", "cut"), [(b"", False), (b"force=false", False), (b"force=true", True)])
async def test_what_runs_on_a_replica_is_cut_only_where_that_is_asked_for(query: bytes, cut: bool) -> None:
    app = App()
    await app.ask("POST", ADMIN, url="http://gpu1:11434", name="gpu1")
    assert (await app.ask("DELETE", f"{ADMIN}/gpu1", query=query)).status == 204

    assert app.pool.told == ([("cut", "gpu1")] if cut else [])


async def test_a_force_that_is_neither_yes_nor_no_is_refused_and_removes_nothing() -> None:
    app = App()
    await app.ask("POST", ADMIN, url="http://gpu1:11434", name="gpu1")
    answer = await app.ask("DELETE", f"{ADMIN}/gpu1", query=b"force=perhaps")

    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert "force" in answer.json["detail"]
    assert len(app.pool.statuses()) == 3
