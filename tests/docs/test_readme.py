"""The README's tables are those of the code, and its first chat works as it stands there."""

import json
import os
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from tests.docs.pages import README, blocks, rows, section, spans
from tests.e2e.processes import Running, started

from ollamanet import domain
from ollamanet.bootstrap.settings_report import configuration_table
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.permissions import OF_USERS, Permission
from ollamanet.interfaces.kernel import problems

ADDRESS = "URL=http://127.0.0.1:8000\n"
HOW = "make it anew with the command in CONTRIBUTING.md"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    pace = ("--tokens-per-second", "0", "--load-seconds", "0", "--reply-tokens", "5")
    folder = tmp_path_factory.mktemp("service")
    with (
        started("simulate", "--port", "0", *pace) as simulator,
        started("serve", "--port", "0", OLLAMA_BASE_URLS=simulator.url, OLLAMANET_DATA_DIR=str(folder)) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def document(service: Running) -> dict:
    return httpx.get(f"{service.url}/schema", trust_env=False).json()


def codes() -> set[tuple[int, str]]:
    """Every status and code that can be answered."""
    for module in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        import_module(module.name)
    found = {(status, code) for status, (code, _) in problems._OF_HTTP.items()} | {(500, problems._INTERNAL[0])}
    kinds = [Refusal]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if hasattr(kind, "code"):
            found.add((problems.STATUS[kind.kind], kind.code))
    return found


def test_the_configuration_table_is_that_of_the_settings() -> None:
    assert configuration_table() in README, HOW


def test_the_codes_of_errors_are_all_there_and_no_others() -> None:
    table = rows(section(README, "What an error looks like"))

    assert {(int(status), code) for status, text in table for code in spans(text)} == codes()


def test_the_permissions_are_all_there_and_those_of_users_are_marked() -> None:
    table = rows(section(README, "Roles"))

    assert [spans(row[0])[0] for row in table] == list(Permission)
    assert {spans(row[0])[0] for row in table if row[2] == "yes"} == OF_USERS


def test_the_endpoints_are_those_of_the_api_document(document: dict) -> None:
    table = rows(section(README, "Endpoints"))
    documented = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}

    assert {request for row in table for request in spans(row[0])} == documented


def test_the_events_of_a_stream_are_those_of_the_api_document(document: dict) -> None:
    told = document["paths"]["/api/v1/chats/stream"]["post"]["responses"]["200"]["description"]

    assert [spans(row[0])[0] for row in rows(section(README, "What a stream says"))] == spans(told)


def test_every_field_of_a_chat_is_named(document: dict) -> None:
    (body,) = (schema for name, schema in document["components"]["schemas"].items() if name.endswith("ChatBody"))

    assert set(body["properties"]) <= set(spans(section(README, "Endpoints")))


def test_the_first_chat_works_as_it_is_written(service: Running, tmp_path: Path) -> None:
    script = "".join(blocks(section(README, "A first chat")))
    assert script.startswith(ADDRESS)

    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script.replace(ADDRESS, f"URL={service.url}\n")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        timeout=50,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert re.findall(r"^event: (\w+)$", done.stdout, re.MULTILINE) == ["accepted", "started", *["token"] * 5, "done"]
    *_, messages, again = re.findall(r"^\{.*?^\}", done.stdout, re.MULTILINE | re.DOTALL)
    asked, answered = json.loads(messages)["items"]
    assert (asked["role"], asked["text"]) == ("user", "Why is the sky blue?")
    assert answered["role"] == "assistant"
    assert answered["text"]
    assert not answered["partial"]
    assert json.loads(again)["conversation_id"] in done.stdout.partition("event: started")[0]
