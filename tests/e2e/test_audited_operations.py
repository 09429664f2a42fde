"""Whatever an administrator may do is in the trail: who, what, on whom, from where, for which request; no secrets."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import PASSWORD
from tests.e2e.audited_operations import NEW, STEPS, UNRECORDED, Step
from tests.e2e.conftest import served
from tests.e2e.mailbox import Mailbox, last_token, mailbox
from tests.e2e.processes import Running, command, run
from tests.infrastructure.inference.programs import free_port

pytestmark = pytest.mark.slow


@dataclass
class Walk:
    """All steps, one after the other.

    Attributes:
        known: what stands for the names in paths and bodies.
        secrets: what was sent or answered, and is in no entry.
        entries: of the trail, by the request that left them.
        document: of the API.
    """

    http: httpx.Client
    box: Mailbox
    known: dict[str, str]
    secrets: set[str] = field(default_factory=lambda: {PASSWORD, NEW, "t0ken-of-the-replica"})
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    trail: str = ""

    def take(self, step: Step) -> None:
        method, path = step.operation.split(" ")
        headers = {"X-Request-ID": request_id(step)}
        if step.by:
            headers["Authorization"] = f"Bearer {self.known[step.by]}"
        body = None if step.body is None else {name: self._filled(value) for name, value in step.body.items()}
        answer = self.http.request(method, path.format_map(self.known), json=body, headers=headers)
        assert answer.is_success, (step.operation, answer.text)
        self.http.cookies.clear()
        for name, place in (step.learns or {}).items():
            self.known[name] = str(_at(answer.json(), place))
            if place in {"token", "key", "password", "access_token", "refresh_token"}:
                self.secrets.add(self.known[name])
        if path.endswith("forgot-password"):
            self.known["mailed"] = last_token(self.box.wait_for("Reset your password"))
            self.secrets.add(self.known["mailed"])

    def _filled(self, value: Any) -> Any:
        return value.format_map(self.known) if isinstance(value, str) else value


def request_id(step: Step) -> str:
    return f"audited-step-{STEPS.index(step)}"


def _at(answer: Any, place: str) -> Any:
    for name in place.split("."):
        answer = answer[int(name)] if name.isdecimal() else answer[name]
    return answer


@pytest.fixture(scope="module")
def walk(simulator: Running, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    data: Path = tmp_path_factory.mktemp("audited")
    with mailbox() as box:
        port = free_port()
        managed = {"port": port, "command": command("simulate", "--port", "{port}")}
        variables = {
            "OLLAMANET_SMTP_URL": box.url,
            "OLLAMANET_MAIL_FROM": "ollamanet@example.org",
            "OLLAMANET_PUBLIC_URL": "https://chat.example.org",
            "OLLAMANET_MANAGED_REPLICAS": json.dumps([managed]),
        }
        with (
            served(simulator.url, data, **variables) as running,
            httpx.Client(base_url=running.url, timeout=30.0, trust_env=False) as http,
        ):
            token = run("users", "setup-token", OLLAMANET_DATA_DIR=str(data)).stdout.strip()
            walk = Walk(http, box, {"setup_token": token, "replica": f"127.0.0.1:{port}"})
            walk.secrets.add(token)
            for step in STEPS:
                walk.take(step)
            walk.document = http.get("/schema").json()
        exported = run("audit", "export", OLLAMANET_DATA_DIR=str(data))
        verified = run("audit", "verify", OLLAMANET_DATA_DIR=str(data))
    assert (exported.returncode, verified.returncode) == (0, 0), exported.stderr + verified.stderr
    walk.trail = exported.stdout
    for line in walk.trail.splitlines():
        entry = json.loads(line)
        walk.entries.setdefault(entry["request_id"], []).append(entry)
    return walk


def test_every_operation_that_changes_something_is_taken_or_named_as_unrecorded(walk: Walk) -> None:
    changing = {
        f"{method.upper()} {path}"
        for path, methods in walk.document["paths"].items()
        for method in methods
        if method not in {"get", "head", "options"} and path.startswith(("/api/v1/auth/", "/api/v1/admin/"))
    }
    taken = {step.operation for step in STEPS}
    assert changing - taken == set()
    silent = {each for each in changing if not any(step.actions for step in STEPS if step.operation == each)}
    assert silent == set(UNRECORDED)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.operation)
def test_what_was_done_is_in_the_trail_with_who_and_whom_and_where(walk: Walk, step: Step) -> None:
    found = walk.entries.get(request_id(step), [])

    assert sorted(entry["action"] for entry in found) == sorted(step.actions)
    for entry in found:
        assert entry["actor"]["name"], entry
        assert entry["target"] or entry["action"] == "audit.exported", entry
        assert (entry["address"], entry["device"][:12]) == ("127.0.0.1", "python-httpx"), entry
        if entry["action"].endswith((".changed", ".renamed", ".rolled_back")) and entry["target"][:4] != "user":
            assert entry["before"], entry
        if step.by == "boss":
            assert entry["actor"]["name"] in {"boss", "chief"}, entry


def test_no_secret_that_was_sent_or_answered_is_in_the_trail(walk: Walk) -> None:
    assert len(walk.secrets) > 12
    assert [secret for secret in walk.secrets if secret in walk.trail] == []
