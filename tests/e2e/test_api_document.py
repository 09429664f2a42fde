"""The API document is true: what it describes is what is answered, whatever is sent."""

import httpx
import pytest

pytestmark = pytest.mark.anyio


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
