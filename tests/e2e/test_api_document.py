"""The API document is true: what it describes is what is answered, whatever is sent."""

import re
import uuid

import httpx
import pytest

from tests.e2e.api import Caller

pytestmark = pytest.mark.anyio

HASHING = ("login", "register", "setup", "reset-password", "change-password", "me")
_NAMED = {"replica": "nobody", "name": "nobody", "number": "1"}


async def test_the_document_and_its_page_need_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    document = await http.get("/schema")
    assert document.status_code == 200
    assert document.json()["openapi"].startswith("3.1")

    page = await http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "https://" not in page.text
    assert "https://" not in page.headers["content-security-policy"]
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        asset = await http.get(f"/docs/{name}")
        assert asset.status_code == 200, name
        assert asset.content
    assert (await http.get("/docs/..%2fsecret")).status_code == 404


async def test_every_path_tells_its_methods_and_no_others(caller: Caller) -> None:
    told = {}
    paths = (await caller.get("/schema")).json()["paths"]
    for path in paths:
        place = re.sub(r"{\w*id}", str(uuid.uuid4()), path).format_map(_NAMED)
        answer = await caller.http.options(place, headers=caller.headers)
        told[path] = {each.strip().lower() for each in answer.headers["allow"].split(",")} - {"options"}

    assert told == {path: set(methods) for path, methods in paths.items()}


async def test_every_body_has_an_example(http: httpx.AsyncClient) -> None:
    document = (await http.get("/schema")).json()
    bodies = {
        f"{method} {path}": operation["requestBody"]["content"]["application/json"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }
    assert bodies
    for operation, body in bodies.items():
        assert body["schema"].get("examples"), operation
        name = body["schema"]["allOf"][0]["$ref"].rsplit("/", 1)[1]
        assert document["components"]["schemas"][name]["additionalProperties"] is False, operation


async def test_a_refusal_by_limits_has_an_example_of_what_is_answered(http: httpx.AsyncClient) -> None:
    document = (await http.get("/schema")).json()
    content = document["paths"]["/api/v1/chats/stream"]["post"]["responses"]["429"]["content"]
    (example,) = content["application/problem+json"]["examples"].values()

    assert example["value"].keys() == document["components"]["schemas"]["Problem"]["properties"].keys()
    assert example["value"]["limits"] == {"requests_per_minute": 60}


async def test_every_way_to_sign_in_tells_that_an_address_may_use_it_only_so_often(http: httpx.AsyncClient) -> None:
    document = (await http.get("/schema")).json()
    told = {
        f"{method} {path}": operation["responses"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/api/v1/auth/") and (method, path) != ("get", "/api/v1/auth/me")
    }
    assert len(told) > 10
    assert [route for route, responses in told.items() if "429" not in responses] == []
    # Whoever has a password hashed may find that too many wait for that.
    hashing = [route for route in told if route.rpartition("/")[2] in HASHING]
    assert len(hashing) >= len(HASHING)
    assert [route for route in hashing if "503" not in told[route]] == []


async def test_what_asks_a_model_may_be_forbidden(caller: Caller) -> None:
    paths = (await caller.get("/schema")).json()["paths"]
    for path in ("/api/v1/chats", "/api/v1/chats/stream"):
        refused = await caller.post(path, {"message": "hi", "model": "gpt-oss:120b-cloud"})

        assert refused.status_code == 403
        assert "403" in paths[path]["post"]["responses"]
