"""The simulated daemon as an ASGI application."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ollamanet.infrastructure.simulator.chat_routes import ChatRoutes
from ollamanet.infrastructure.simulator.connection_faults import fail_at_once, fail_plainly
from ollamanet.infrastructure.simulator.control_routes import ControlRoutes
from ollamanet.infrastructure.simulator.counters import Counters
from ollamanet.infrastructure.simulator.create_routes import CreateRoutes
from ollamanet.infrastructure.simulator.doorkeeper import is_loopback, may_enter
from ollamanet.infrastructure.simulator.downloads import Downloads, layers_of
from ollamanet.infrastructure.simulator.embedding_routes import EmbeddingRoutes
from ollamanet.infrastructure.simulator.exchange import Exchange, Receive, Scope, Send
from ollamanet.infrastructure.simulator.faults import Fault, FaultPlan, Kind, Stage, fault_named_by
from ollamanet.infrastructure.simulator.inference import Inference
from ollamanet.infrastructure.simulator.library import Library
from ollamanet.infrastructure.simulator.library_routes import LibraryRoutes
from ollamanet.infrastructure.simulator.lookup import Lookup
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.pull_routes import PullRoutes
from ollamanet.infrastructure.simulator.scheduler import Scheduler
from ollamanet.infrastructure.simulator.wire_errors import WireError

Handler = Callable[[Exchange], Awaitable[None]]
_PLAIN: Final = b"text/plain"
_CONTROL: Final = "/simulator/"
_BLOBS: Final = "/api/blobs/"
# Routes that a fault of the reply stage can break in the middle; on others it takes the likeness of `fail_plainly`.
_STREAMING: Final = frozenset(("/api/chat", "/api/generate", "/api/pull"))
# Routes whose faults may be asked for by a model name, and what Ollama calls their bodies.
_INFERENCE: Final = {
    "/api/chat": "ChatRequest",
    "/api/generate": "GenerateRequest",
    "/api/embed": "EmbedRequest",
    "/api/embeddings": "EmbeddingRequest",
    "/api/pull": "PullRequest",
}
_LOADING: Final = _INFERENCE.keys() - {"/api/pull"}


class Simulator:
    """One daemon. Build it, serve it, `close` it; `counters` tells what it did.

    `open_connections` is set by the server that runs it.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        """Args: options: the models, the speed and the limits.

        Raises:
            ValueError: a model has a name that Ollama would not accept, or a fault that does not exist.
        """
        self.options = options
        self.counters = Counters()
        self.scheduler = Scheduler(options, self.counters)
        self.library = Library(options)
        self.plan = FaultPlan()
        self.open_connections: Callable[[], int] = lambda: 0
        self._checks_host = is_loopback(options.host)
        self._routes = self._table()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as long as its client is there."""
        if scope["type"] != "http":
            raise RuntimeError(f"the simulator speaks HTTP only, not {scope['type']}")
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        exchange = Exchange(scope, receive, send, bytes(body))
        await exchange.watched(self._counted(exchange))

    async def close(self) -> None:
        """Stop all loading and unloading."""
        await self.scheduler.close()

    async def _counted(self, exchange: Exchange) -> None:
        counted = not exchange.path.startswith(_CONTROL)
        self.counters.in_flight += counted
        try:
            await self._answer(exchange)
        except WireError as error:
            await exchange.refuse(error)
        finally:
            self.counters.in_flight -= counted
            self.counters.cancelled += exchange.gone and not exchange.cut_by_us

    async def _answer(self, exchange: Exchange) -> None:
        if not may_enter(exchange.header(b"host"), exchange.header(b"origin"), on_loopback=self._checks_host):
            await exchange.respond(403)
            return
        route = _BLOBS if exchange.path.startswith(_BLOBS) else exchange.path
        handler = await self._routed(exchange, route)
        if handler is None:
            return
        if route.startswith(_CONTROL):
            await handler(exchange)
            return
        self.counters.requests[f"{exchange.method} {route}"] += 1
        if await self._survives_fault(exchange):
            await handler(exchange)

    async def _routed(self, exchange: Exchange, path: str) -> Handler | None:
        methods = self._routes.get(path)
        if methods is None and path.endswith("/") and path.rstrip("/") in self._routes:
            status = 301 if exchange.method == "GET" else 307
            await exchange.respond(status, b"", b"", (b"location", path.rstrip("/").encode()))
        elif methods is None:
            await exchange.respond(404, b"404 page not found", _PLAIN)
        elif exchange.method not in methods:
            allow = (b"allow", ", ".join(methods).encode())
            await exchange.respond(405, b"405 method not allowed", _PLAIN, allow)
        else:
            return methods[exchange.method]
        return None

    async def _survives_fault(self, exchange: Exchange) -> bool:
        fault = self._fault_of(exchange)
        if fault is None:
            return True
        self.counters.faults[fault.kind.label] += 1
        if fault.kind.stage is Stage.CONNECTION:
            return await fail_at_once(exchange, fault, self.options.slow_headers_seconds)
        path, loads = exchange.path, fault.kind.stage is Stage.LOAD
        if path in (_LOADING if loads else _STREAMING) and not (path == "/api/pull" and fault.kind is Kind.HANG):
            exchange.fault = fault
            return True
        await fail_plainly(exchange, fault)
        return False

    def _fault_of(self, exchange: Exchange) -> Fault | None:
        if header := exchange.header(b"x-simulator-fault"):
            if (fault := Fault.parse(header)) is None:
                raise WireError(400, f"unknown fault {header!r}")
            return fault
        inference = exchange.path in _INFERENCE
        model = exchange.fields(_INFERENCE[exchange.path]).model() if inference else ""
        if (planned := self.plan.take(exchange.path, model, inference=inference)) is not None:
            return planned
        if not model or (name := ModelName.parse(model)) is None:
            return None
        installed = self.library.find(model)
        return (Fault.parse(installed.spec.fault) if installed else None) or fault_named_by(name)

    def _table(self) -> Mapping[str, Mapping[str, Handler]]:
        options, library, scheduler = self.options, self.library, self.scheduler
        downloads = Downloads(options.pull_bytes_per_second, options.progress_seconds, self._count_pulled)
        for installed in library.listed():
            for layer in layers_of(installed.spec):
                downloads.add(layer.digest)
        lookup = Lookup(library, cloud_disabled=options.cloud_disabled, context_length=options.context_length)
        chats = ChatRoutes(lookup, Inference(options, scheduler, self.counters))
        vectors = EmbeddingRoutes(options, lookup, scheduler, self.counters)
        models = LibraryRoutes(options, library, scheduler)
        pulls = PullRoutes(library, downloads)
        creates = CreateRoutes(library, downloads, pulls)
        control = ControlRoutes(self.counters, scheduler, self.plan, self._connections)
        return {
            "/": {"GET": models.root, "HEAD": models.root},
            "/api/version": {"GET": models.version, "HEAD": models.version},
            "/api/status": {"GET": models.status},
            "/api/tags": {"GET": models.tags, "HEAD": models.tags},
            "/api/ps": {"GET": models.running},
            "/api/show": {"POST": models.show},
            "/api/chat": {"POST": chats.chat},
            "/api/generate": {"POST": chats.generate},
            "/api/embed": {"POST": vectors.embed},
            "/api/embeddings": {"POST": vectors.embeddings},
            "/api/pull": {"POST": pulls.pull},
            "/api/create": {"POST": creates.create},
            "/api/copy": {"POST": models.copy},
            "/api/delete": {"DELETE": models.delete},
            _BLOBS: {"POST": creates.add_blob, "HEAD": creates.has_blob},
            "/simulator/stats": {"GET": control.stats},
            "/simulator/reset": {"POST": control.reset},
            "/simulator/faults": {"GET": control.planned, "POST": control.plan_fault, "DELETE": control.forget_faults},
        }

    def _connections(self) -> int:
        return self.open_connections()

    def _count_pulled(self, amount: int) -> None:
        self.counters.pulled_bytes += amount
