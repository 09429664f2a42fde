"""What stands before the upstream: nothing, the bare relay, the idiom, OllamaNet, and LiteLLM where it is at hand."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import jwt
from processes import Cores, Server, fetch, free_port, running, wait_until_ready
from tools import HERE, BenchError

QUESTION: Final = "Why is the sky blue? Answer in a few short sentences, please."
USERS: Final = 4
KEY: Final = "a key that signs nothing but the tokens of this benchmark"
FOREIGN: Final = ("OLLAMA", "DATABASE_URL", "REDIS_URL", "AMQP_URL", "OTEL_")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a variant is set up: the upstream's port and models, a folder of its own, the cores.

    `source` has the packages of another commit than the one that is checked out.
    """

    upstream_port: int
    models: tuple[str, ...]
    folder: Path
    cores: Cores
    litellm: str | None = None
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that answers streamed chats, and how to ask it; without a server it is the upstream itself."""

    port: int
    path: str
    body: Callable[[str], str]
    server: Server | None = None
    authorizations: tuple[str, ...] = ()
    start_s: float | None = None
    first_start_s: float | None = None
    stored: Callable[[], int] | None = None


def starts(subject: Subject) -> dict[str, float]:
    """Seconds to ready, as figures: of the (second) start, and of the first one where there were two."""
    times = {"start_s": subject.start_s, "first_start_s": subject.first_start_s}
    return {name: seconds for name, seconds in times.items() if seconds is not None}


Variant = Callable[[Site], AbstractContextManager[Subject]]


def _ollama_body(model: str) -> str:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": QUESTION}]})


def _message_body(model: str) -> str:
    return json.dumps({"message": QUESTION, "model": model})


def _openai_body(model: str) -> str:
    return json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTION}]})


@contextmanager
def direct(site: Site) -> Iterator[Subject]:
    yield Subject(site.upstream_port, "/api/chat", _ollama_body)


@contextmanager
def _script(site: Site, name: str, *arguments: str) -> Iterator[Subject]:
    port = free_port()
    command = [sys.executable, str(HERE / name), str(port), str(site.upstream_port), *arguments]
    started = time.monotonic()
    with running(command, core=site.cores.gateway, log=site.folder / f"{name}.log") as server:
        wait_until_ready(server, port, None)
        yield Subject(port, "/api/chat", _ollama_body, server, start_s=time.monotonic() - started)


@contextmanager
def bare_relay(site: Site) -> Iterator[Subject]:
    with _script(site, "bare_relay.py") as subject:
        yield subject


@contextmanager
def idiom(site: Site) -> Iterator[Subject]:
    token = jwt.encode({"sub": "bench", "exp": int(time.time()) + 3600}, KEY, algorithm="HS256")
    with _script(site, "idiom.py", KEY) as subject:
        yield replace(subject, path="/chat", body=_message_body, authorizations=(f"Bearer {token}",))


def _gateway_environment(site: Site, data: Path) -> Mapping[str, str]:
    """Ours alone: a setting of the person's shell must not change what is measured. No limit may bite."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    if site.source:
        own["PYTHONPATH"] = str(site.source)
    return own | {
        "OLLAMA_BASE_URLS": f"http://127.0.0.1:{site.upstream_port}",
        "OLLAMANET_DATA_DIR": str(data),
        "OLLAMANET_SLOTS_PER_MODEL": "4096",
        "OLLAMANET_QUEUE_DEPTH": "8192",
        "OLLAMANET_USER_CONCURRENCY": "1000000",
        "OLLAMANET_USER_RPM": "1000000000",
        "OLLAMANET_REGISTER_RPM": "1000000000",
        "OLLAMANET_USER_TPM": "1000000000",
    }


def _register(port: int, number: int) -> str:
    person = {"email": f"bench{number}@example.com", "username": f"bench{number}", "password": "correct horse battery"}
    headers = {"Content-Type": "application/json"}
    status, answer = fetch(port, "POST", "/api/v1/auth/register", json.dumps(person).encode(), **headers)
    if status != 201:
        raise BenchError(f"POST /api/v1/auth/register answered {status}: {answer.decode(errors='replace')}")
    return f"Bearer {json.loads(answer)['access_token']}"


def _stored_conversations(port: int, authorizations: tuple[str, ...]) -> int:
    total = 0
    for authorization in authorizations:
        status, answer = fetch(port, "GET", "/api/v1/conversations?page_size=1", Authorization=authorization)
        if status != 200:
            raise BenchError(f"GET /api/v1/conversations answered {status}: {answer.decode(errors='replace')}")
        total += int(json.loads(answer)["total"])
    return total


@contextmanager
def ollamanet(site: Site) -> Iterator[Subject]:
    """Start twice on one data folder: the first start makes keys and tables, the second is the one to time."""
    port = free_port()
    with _served(site, port) as (_, first_start_s):
        pass
    with _served(site, port) as (server, start_s):
        tokens = tuple(_register(port, number) for number in range(USERS))
        yield Subject(
            port,
            "/api/v1/chats/stream",
            _message_body,
            server,
            tokens,
            start_s=start_s,
            first_start_s=first_start_s,
            stored=lambda: _stored_conversations(port, tokens),
        )


@contextmanager
def _served(site: Site, port: int) -> Iterator[tuple[Server, float]]:
    command = [sys.executable, "-m", "ollamanet", "serve", "--host", "127.0.0.1", "--port", str(port)]
    environment = _gateway_environment(site, site.folder / "data")
    started = time.monotonic()
    with running(command, core=site.cores.gateway, log=site.folder / "ollamanet.log", env=environment) as server:
        wait_until_ready(server, port, "/health/ready")
        yield server, time.monotonic() - started


@contextmanager
def litellm(site: Site) -> Iterator[Subject]:
    """The LiteLLM proxy with a master key and no database, before the same upstream."""
    port, config = free_port(), site.folder / "litellm.json"
    base = f"http://127.0.0.1:{site.upstream_port}"
    routes = {name: {"model": f"ollama_chat/{name}", "api_base": base} for name in site.models}
    models = [{"model_name": name, "litellm_params": route} for name, route in routes.items()]
    config.write_text(json.dumps({"model_list": models, "general_settings": {"master_key": "sk-bench"}}))
    command = [str(site.litellm), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    started = time.monotonic()
    offline = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with running(command, core=site.cores.gateway, log=site.folder / "litellm.log", env=offline) as server:
        wait_until_ready(server, port, "/health/liveliness", 120)
        start_s = time.monotonic() - started
        yield Subject(port, "/v1/chat/completions", _openai_body, server, ("Bearer sk-bench",), start_s=start_s)


VARIANTS: Final[Mapping[str, Variant]] = {
    "direct": direct,
    "bare relay": bare_relay,
    "idiom": idiom,
    "ollamanet": ollamanet,
    "litellm": litellm,
}
