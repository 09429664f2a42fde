"""Errors as RFC 9457 problem+json: the one table from what the domain refuses to what HTTP answers."""

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from ollamanet.domain.kernel.errors import Kind, Refusal
from ollamanet.interfaces.kernel.request_info import info_of

STATUS: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.LOCKED: 423,
    Kind.EXHAUSTED: 429,
    Kind.UPSTREAM: 502,
    Kind.UNAVAILABLE: 503,
    Kind.TIMEOUT: 504,
}

_LIMITS: Final = frozenset({Kind.LOCKED, Kind.EXHAUSTED, Kind.UNAVAILABLE})
"""Kinds that always say when to come back: after a second, where the refusal itself does not know."""

_OF_HTTP: Final[Mapping[int, tuple[str, str]]] = {
    400: ("invalid_request", "The request is not valid"),
    401: ("unauthenticated", "Sign in first"),
    403: ("forbidden", "Not allowed"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "The resource does not support this method"),
    413: ("request_too_large", "The request is too large"),
}
_INTERNAL: Final = ("internal_error", "Something went wrong on our side")
MEDIA_TYPE: Final = "application/problem+json"
_PATIENCE: Final = 60.0
"""Seconds; clients that try again by themselves do so sooner, and more often than helps."""


class Problem(msgspec.Struct, omit_defaults=True, kw_only=True):
    """An error, as `/api/v1` tells it.

    `code` is stable; `request_id` finds the log line; `retry_after` is in seconds; `limits` are the caller's
    own that were hit, by their names in `GET /api/v1/system/limits`.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    retry_after: float | None = None
    limits: dict[str, int] | None = None


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    """The answer to what the domain refused."""
    status, retry_after = STATUS[refusal.kind], refusal.retry_after
    if status >= 500:
        info_of(request.scope).facts["detail"] = refusal.detail
    if retry_after is None and refusal.kind in _LIMITS:
        retry_after = 1.0
    response = _response(request, status, refusal.code, refusal.title, refusal.detail, retry_after)
    if refusal.limits:
        response.content.limits = dict(refusal.limits)
    return response


def rejected(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """The answer to what the framework refused: no such route, wrong method, a body that is too large."""
    status = error.status_code
    if status >= 500:
        return failed(request, error)
    code, title = _OF_HTTP.get(status, _OF_HTTP[400])
    response = _response(request, status, code, title, _detail(error) or title, None)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _detail(error: HTTPException) -> str:
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        return "; ".join(f"{each.get('key', 'request')}: {_as_ours(str(each.get('message')))}" for each in error.extra)
    known = {
        404: "there is nothing at this address",
        405: "the header Allow names the methods that there are",
        413: "the body is over the limit of this route",
    }
    return known.get(error.status_code, error.detail)


def _as_ours(message: str) -> str:
    """The framework begins its sentences with a capital letter; ours go on after a colon."""
    return message[:1].lower() + message[1:]


def failed(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to a defect of ours; the edge logs what it was."""
    info_of(request.scope).error = error
    code, title = _INTERNAL
    return _response(request, 500, code, title, "the error is in our log, under the request id", None)


def _response(
    request: Request[Any, Any, Any], status: int, code: str, title: str, detail: str, retry_after: float | None
) -> Response[Problem]:
    info = info_of(request.scope)
    info.code = code
    problem = Problem(
        type=f"urn:ollamanet:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        instance=request.scope["path"],
        code=code,
        request_id=info.request_id,
        retry_after=retry_after,
    )
    headers = retry_headers(retry_after)
    if status == 401:
        headers["WWW-Authenticate"] = f'Bearer realm="ollamanet", error="{code}"'
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def retry_headers(retry_after: float | None) -> dict[str, str]:
    """`Retry-After` in whole seconds, at least 1, its milliseconds, and whether a client need not try by itself."""
    if retry_after is None:
        return {}
    milliseconds = max(1, math.ceil(retry_after * 1000))
    headers = {"Retry-After": str(max(1, math.ceil(retry_after))), "retry-after-ms": str(milliseconds)}
    return headers | ({"x-should-retry": "false"} if retry_after > _PATIENCE else {})
