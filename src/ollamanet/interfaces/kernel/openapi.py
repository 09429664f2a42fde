"""What every operation of the API document shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar.enums import RequestEncodingType
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, Operation, RequestBody, Schema
from litestar.params import BodyKwarg

from ollamanet.interfaces.kernel.problems import MEDIA_TYPE, Problem

_MEANING: Final[Mapping[int, str]] = {
    400: "The request is malformed; `detail` names the field and what was expected.",
    401: "No token, or one that is not valid or no longer so.",
    403: "Known, and not allowed.",
    404: "No such thing, or somebody else's.",
    409: "Taken, or changed meanwhile.",
    413: "The body is over the byte limit.",
    423: "Too many wrong passwords; `Retry-After` says when it ends.",
    429: "The caller's own limit; `Retry-After` says when.",
    502: "The replica failed before the first token.",
    503: "Our capacity; `Retry-After` says when.",
    504: "Waited or generated too long.",
}


_EXAMPLES: Final[Mapping[int, Example]] = {
    429: Example(
        summary="The minute is used up",
        value={
            "type": "urn:ollamanet:problem:rate_limited",
            "title": "Too many requests in a minute",
            "status": 429,
            "detail": "your 60 requests a minute are used up",
            "instance": "/api/v1/chats/stream",
            "code": "rate_limited",
            "request_id": "01a2025d-846f-7728-968f-67418e0f1b77",
            "retry_after": 0.8,
            "limits": {"requests_per_minute": 60},
        },
    )
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The errors that an operation may answer, as problem+json."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            media_type=MEDIA_TYPE,
            description=_MEANING[status],
            generate_examples=False,
            examples=[_EXAMPLES[status]] if status in _EXAMPLES else None,
        )
        for status in statuses
    }


def json_body(summary: str, example: Mapping[str, Any]) -> BodyKwarg:
    """Marks a handler's `data` as a JSON body, with an example that works when it is sent as it is."""
    return BodyKwarg(media_type=RequestEncodingType.JSON, examples=[Example(summary=summary, value=dict(example))])


@dataclass
class BodyMayBeLeftOut(Operation):
    """An operation whose body may be left out; the framework has the document ask for one, be it `null`."""

    def __post_init__(self) -> None:
        """Once it is put together."""
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False
            schema = self.request_body.content[RequestEncodingType.JSON].schema
            if isinstance(schema, Schema) and schema.one_of:
                schema.all_of, schema.one_of = schema.one_of[:1], None
