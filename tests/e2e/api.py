"""The API as a caller sees it."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

PASSWORD = "correct horse battery staple"


@dataclass
class Caller:
    """A signed-in user."""

    http: httpx.AsyncClient
    token: str
    user: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params, headers=self.headers)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self.headers)

    @asynccontextmanager
    async def streaming(self, body: dict[str, Any]) -> AsyncIterator[tuple[httpx.Response, AsyncIterator["Event"]]]:
        async with self.http.stream("POST", "/api/v1/chats/stream", json=body, headers=self.headers) as response:
            yield response, events_of(response)

    async def stream(self, body: dict[str, Any]) -> list["Event"]:
        async with self.streaming(body) as (response, events):
            assert response.status_code == 200, await response.aread()
            return [event async for event in events]


@dataclass(frozen=True)
class Event:
    id: int
    name: str
    data: dict[str, Any]


async def events_of(response: httpx.Response) -> AsyncIterator[Event]:
    number, name = 0, ""
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "id":
            number = int(value)
        elif field == "event":
            name = value
        elif field == "data":
            yield Event(number, name, json.loads(value))


def text_of(events: list[Event]) -> str:
    return "".join(event.data["text"] for event in events if event.name == "token")


def client(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    return httpx.AsyncClient(base_url=url, timeout=30.0, limits=limits, trust_env=False)


async def registered(http: httpx.AsyncClient) -> Caller:
    name = f"user-{uuid.uuid4().hex[:12]}"
    body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD}
    response = await http.post("/api/v1/auth/register", json=body)
    assert response.status_code == 201, response.text
    answer = response.json()
    return Caller(http, answer["access_token"], answer["user"])
