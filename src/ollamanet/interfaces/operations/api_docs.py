"""The API document at `/schema`, and Swagger UI at `/docs` with everything it needs from this machine."""

from importlib.resources import files
from typing import Any, Final

from litestar import MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.params import FromPath

from ollamanet import __version__

_ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    )
)
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>OllamaNet API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>
"""
_START: Final = """window.ui = SwaggerUIBundle({
  url: "/schema", dom_id: "#ui", deepLinking: true, persistAuthorization: true, validatorUrl: null
});
"""


class _ClosedBodies(JsonRenderPlugin):
    """Says of every body (`...Body`) that it takes no other fields, which litestar's schemas leave out."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        for name, schema in openapi_schema["components"]["schemas"].items():
            if name.endswith("Body"):
                schema["additionalProperties"] = False
        return super().render(request, openapi_schema)


def openapi_config() -> OpenAPIConfig:
    """The document: OpenAPI 3.1, bearer tokens."""
    return OpenAPIConfig(
        title="OllamaNet",
        version=__version__,
        description="One or many Ollama daemons as a shared, fair, observable service for a team.",
        path="/schema",
        render_plugins=[_ClosedBodies(path=["/", "/openapi.json"])],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
        ),
        tags=[
            Tag(name="auth", description="Who you are."),
            Tag(name="chat", description="Ask a model."),
            Tag(name="conversations", description="What was said."),
            Tag(name="health", description="How the service is."),
        ],
        use_handler_docstrings=True,
    )


def docs_router() -> Router:
    """Swagger UI, offline."""
    assets = files("swagger_ui").joinpath("static")

    @get("/", media_type=MediaType.HTML)
    async def page() -> Response[str]:
        return Response(_PAGE, media_type=MediaType.HTML, headers={"Content-Security-Policy": _POLICY})

    @get("/{name:str}", media_type=MediaType.TEXT)
    async def asset(name: FromPath[str]) -> Response[bytes]:
        if name == "start.js":
            return Response(_START.encode(), media_type="text/javascript")
        if name not in _ASSETS:
            raise NotFoundException
        content = assets.joinpath(name).read_bytes()
        return Response(content, media_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=86400"})

    return Router(path="/docs", route_handlers=[page, asset], include_in_schema=False)
