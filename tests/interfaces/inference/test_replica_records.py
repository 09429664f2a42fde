"""What administrators do to replicas over HTTP is recorded with where it came from."""

import pytest
from tests.application.inference.replica_desk import MANAGED
from tests.interfaces.inference.test_replica_routes import ADMIN, ON_ONE, App

pytestmark = pytest.mark.anyio


async def test_what_was_done_is_recorded_with_the_address_the_device_and_the_request() -> None:
    app = App()
    await app.ask("POST", ADMIN, url="http://gpu1:11434", name="gpu1")
    for method, path in ON_ONE[:2] + ON_ONE[3:]:
        await app.ask(method, f"{ADMIN}/gpu1{path}")
    await app.ask("POST", f"{ADMIN}/{MANAGED}/restart")

    recorded = app.desk.added.trail + app.desk.trail.entries
    assert [entry.action for entry in recorded] == [
        f"replica.{verb}" for verb in ("added", "drained", "resumed", "removed", "restarted")
    ]
    assert all(entry.origin.request_id for entry in recorded)
