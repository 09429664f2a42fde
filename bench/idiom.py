"""The usual way to write such a gateway, as a yardstick: Litestar's `ServerSentEvent` over plain httpx, line by line.

It verifies an HS256 token and decodes and encodes every line; it stores nothing, queues nothing, limits nothing.
httpx's limit of 100 connections is lifted, or half of a crowd would hang. `python idiom.py PORT UPSTREAM_PORT KEY`.
"""

import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import jwt
import msgspec
import uvicorn
from litestar import Litestar, Request, post
from litestar.exceptions import NotAuthorizedException
from litestar.params import Body
from litestar.response import ServerSentEvent


class ChatBody(msgspec.Struct):
    message: str
    model: str


def signed_in(authorization: str, key: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer":
        raise NotAuthorizedException("a bearer token is wanted")
    try:
        return str(jwt.decode(token, key, algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError as problem:
        raise NotAuthorizedException(str(problem)) from problem


async def events(client: httpx.AsyncClient, chat: ChatBody) -> AsyncIterator[dict[str, str]]:
    question = {"model": chat.model, "messages": [{"role": "user", "content": chat.message}]}
    async with client.stream("POST", "/api/chat", json=question) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            piece = msgspec.json.decode(line)
            kind = "done" if piece["done"] else "token"
            yield {"event": kind, "data": msgspec.json.encode({"text": piece["message"]["content"]}).decode()}


def application(upstream_port: int, key: str) -> Litestar:
    client = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{upstream_port}", timeout=None, limits=httpx.Limits(max_connections=None)
    )

    @post("/chat", status_code=200)
    async def chat(request: Request[Any, Any, Any], data: Annotated[ChatBody, Body()]) -> ServerSentEvent:
        signed_in(request.headers.get("authorization", ""), key)
        return ServerSentEvent(events(client, data))

    async def close() -> None:
        await client.aclose()

    return Litestar([chat], on_shutdown=[close], logging_config=None)


if __name__ == "__main__":
    uvicorn.run(
        application(int(sys.argv[2]), sys.argv[3]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        backlog=4096,
    )
