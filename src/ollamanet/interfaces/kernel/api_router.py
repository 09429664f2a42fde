"""A router under which OPTIONS tells the truth."""

from litestar import Router
from litestar.types.internal_types import RouteHandlerMapItem


class ApiRouter(Router):
    """A router whose paths may have several methods.

    litestar answers OPTIONS for a path by the first method that it was given, and keeps that answer when others join.
    Hidden here, it is made anew by whatever this router is mounted in, which is given all methods at once.
    """

    @property
    def route_handler_method_map(self) -> dict[str, RouteHandlerMapItem]:
        """The handlers by path and method, but for those of OPTIONS."""
        return {
            path: {method: handler for method, handler in handlers.items() if method != "OPTIONS"}
            for path, handlers in super().route_handler_method_map.items()
        }
