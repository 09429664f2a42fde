"""What the commands do for those who run the service."""

import signal
import stat
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import PASSWORD, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run, started


def at(data: Path, **variables: str) -> dict[str, str]:
    return {"OLLAMANET_DATA_DIR": str(data), **variables}


def test_an_admin_made_on_the_command_line_can_sign_in(simulator: Running, tmp_path: Path) -> None:
    made = run(
        "users", "create", "boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin",
        given=f"{PASSWORD}\n", **at(tmp_path),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    again = run(
        "users", "create", "boss@example.com", "--username", "other", "--password-stdin", given=f"{PASSWORD}\n",
        **at(tmp_path),
    )  # fmt: skip
    assert again.returncode == 1
    assert len(again.stderr.strip().splitlines()) == 1
    listed = run("users", "list", "--json", **at(tmp_path))
    assert '"roles":["Admin"]' in listed.stdout

    with served(simulator.url, tmp_path) as running:
        body = {"login": "boss", "password": PASSWORD}
        answer = httpx.post(f"{running.url}/api/v1/auth/login", json=body, trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["user"]["roles"] == ["Admin"]


def test_the_signing_key_is_made_once_and_nobody_else_may_read_it(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path):
        pass
    keys = [file for file in (tmp_path / "keys").iterdir() if file.is_file()]
    assert [stat.S_IMODE(file.stat().st_mode) for file in keys] == [0o600]
    before = keys[0].read_bytes()
    with served(simulator.url, tmp_path):
        assert keys[0].read_bytes() == before


def test_every_mistake_in_the_settings_is_named_before_anything_starts(tmp_path: Path) -> None:
    wrong = at(tmp_path / "data", OLLAMANET_PORT="x", OLLAMANET_QUEUE_DEPTH="-1", OLLAMANET_QUEUE_DEPHT="5")
    for arguments in (("serve",), ("config", "check")):
        done = run(*arguments, **wrong)
        assert done.returncode == 1
        for name in ("OLLAMANET_PORT", "OLLAMANET_QUEUE_DEPTH", "OLLAMANET_QUEUE_DEPHT"):
            assert name in done.stderr
    assert not (tmp_path / "data").exists()


def test_secrets_are_masked_where_the_settings_are_shown(tmp_path: Path) -> None:
    secrets = {
        "OLLAMANET_SIGNING_KEY": "s3cret" * 6,
        "OLLAMANET_REPLICA_TOKEN": "tok3n-of-the-replica",
        "DATABASE_URL": "postgresql://ollamanet:p4ssword@db/ollamanet",
    }
    shown = run("config", "show", **at(tmp_path, **secrets))
    assert shown.returncode == 0, shown.stderr
    for secret in ("s3cret", "tok3n", "p4ssword"):
        assert secret not in shown.stdout
    assert "db/ollamanet" in shown.stdout


def test_production_waits_for_the_schema_to_be_upgraded(simulator: Running, tmp_path: Path) -> None:
    production = at(tmp_path, OLLAMANET_ENV="production")
    refused = run("serve", "--port", "0", **production)
    assert refused.returncode == 1
    assert "ollamanet db upgrade" in refused.stderr
    assert run("serve", "--demo", **production).returncode == 1

    upgraded = run("db", "upgrade", **production)
    assert upgraded.returncode == 0, upgraded.stderr
    assert run("db", "upgrade", **production).returncode == 0
    with served(simulator.url, tmp_path, OLLAMANET_ENV="production") as running:
        assert httpx.get(f"{running.url}/health/ready", trust_env=False).json()["status"] == "up"


def test_a_taken_port_is_told_in_one_line(service: Running, tmp_path: Path) -> None:
    port = service.url.rsplit(":", 1)[1]
    done = run("serve", "--port", port, **at(tmp_path))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "in use" in done.stderr


@pytest.mark.anyio
async def test_without_an_ollama_the_demo_chats_with_a_simulator(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:1"
    with started("serve", "--demo", "--port", "0", **at(tmp_path, OLLAMA_BASE_URLS=nobody)) as running:
        told = [line for line in running.log if "simulator" in line]
        assert len(told) == 1
        assert nobody in told[0]
        async with client(running.url) as http:
            caller = await registered(http)
            events = await caller.stream({"message": "Hello", "options": {"num_predict": 3}})
            assert events[-1].name == "done"
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == 0


def test_what_it_depends_on_is_told_and_does_not_take_it_down(simulator: Running, tmp_path: Path) -> None:
    nobody = "127.0.0.1:1"
    with served(simulator.url, tmp_path, REDIS_URL=f"redis://{nobody}/0") as running:
        answer = httpx.get(f"{running.url}/health/ready", trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["others"][0]["state"] == "down"
    with served(f"http://{nobody}", tmp_path) as running:
        answer = httpx.get(f"{running.url}/health/ready", trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (503, "down")
        assert answer.json()["database"]["state"] == "up"
        assert answer.json()["replicas"][0]["detail"]
        assert httpx.get(f"{running.url}/health/live", trust_env=False).status_code == 200
