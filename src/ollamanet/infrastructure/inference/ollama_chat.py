"""One Ollama daemon that answers chats."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httpx

from ollamanet.application.inference.ports import ModelProfiles
from ollamanet.domain.inference.errors import CloudModelForbidden
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.inference.ollama_decoder import ReplyDecoder
from ollamanet.infrastructure.inference.ollama_errors import from_transport
from ollamanet.infrastructure.inference.ollama_refusal import refusal_of
from ollamanet.infrastructure.inference.ollama_request import chat_body
from ollamanet.infrastructure.inference.ollama_stream import OllamaStream
from ollamanet.infrastructure.kernel.http_bounds import FIRST_BYTE_TIMEOUT, TOTAL_TIMEOUT, Bounds
from ollamanet.infrastructure.kernel.http_request_bytes import head_of
from ollamanet.infrastructure.kernel.http_transport import FastTransport

_HEADERS: Final = [(b"Content-Type", b"application/json"), (b"Accept", b"application/x-ndjson")]


class OllamaChat:
    """Satisfies `Replica` over any httpx transport; the bounds in time beyond httpx's own need `FastTransport`.

    Args:
        address: the daemon.
        transport: shared with whatever else talks HTTP; not closed here.
        timeouts: how long it may take.
        new_call_id: makes the id of a tool call that came without one.
        profiles: what each model's requests pin; None leaves all of it to Ollama.
        allow_cloud: models of Ollama's cloud may be asked, through the daemon.
    """

    def __init__(
        self,
        address: ReplicaAddress,
        transport: httpx.AsyncBaseTransport,
        timeouts: ReplicaTimeouts,
        new_call_id: Callable[[], str],
        *,
        profiles: ModelProfiles | None = None,
        allow_cloud: bool = False,
    ) -> None:
        self._name: Final = address.name
        self._transport: Final = transport
        self._timeouts: Final = timeouts
        self._new_call_id: Final = new_call_id
        self._profiles: Final = profiles
        self._allow_cloud: Final = allow_cloud
        self._url: Final = address.at("/api/chat")
        self._headers: Final = address.headers() + _HEADERS
        template = httpx.Request("POST", self._url, headers=self._headers, stream=httpx.ByteStream(b""))
        self._where: Final = template.url
        self._head: Final = head_of(template, 0).removesuffix(b"\r\n")

    @property
    def name(self) -> str:
        """Host and port."""
        return self._name

    async def open(self, request: ReplyRequest, *, timeout: float) -> OllamaStream:
        """Ask, and wait for the first piece of the answer.

        Args:
            request: the prompt; its model, turns and sampling are sent, with what the model's profile pins.
            timeout: seconds (> 0) from now to the end of the whole reply.

        Raises:
            ModelNotFound: the replica does not have the model.
            CloudModelForbidden: it is of Ollama's cloud, and that is not allowed.
            InvalidRequest: the request asks for what the model cannot do, in the replica's words.
            PromptTooLarge: the replica says that the prompt does not fit.
            NoHealthyReplica: it cannot be reached, or is too busy to take the request.
            UpstreamError: it failed.
            UpstreamTimeout: no answer within the time.
        """
        if request.model.is_cloud and not self._allow_cloud:
            raise CloudModelForbidden(request.model)
        profile = ModelProfile() if self._profiles is None else self._profiles.of(request.model)
        try:
            status, stream, headers = await self._sent(chat_body(request, profile), timeout)
        except httpx.HTTPError as error:
            raise from_transport(error, self._name) from error
        if status != 200:
            response = httpx.Response(status, headers=headers, stream=stream)
            raise await refusal_of(response, self._name, model=str(request.model))
        return await OllamaStream(stream, ReplyDecoder(self._name, self._new_call_id), self._name).begin()

    async def _sent(self, body: bytes, timeout: float) -> tuple[int, httpx.AsyncByteStream, Any]:
        """Status, content and headers of the answer."""
        if isinstance(self._transport, FastTransport):
            timeouts = self._timeouts
            bounds = Bounds(
                connect=min(timeouts.connect, timeout),
                write=timeouts.silence,
                first_byte=timeouts.first_token,
                read=timeouts.silence,
                deadline=asyncio.get_running_loop().time() + timeout,
            )
            head = b"%bContent-Length: %d\r\n\r\n" % (self._head, len(body))
            reader = await self._transport.exchange(self._where, head, body, bounds)
            return reader.status, reader, reader.headers
        response = await self._transport.handle_async_request(self._request(body, timeout))
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise TypeError("the transport must give an asynchronous stream")
        return response.status_code, response.stream, response.headers

    def _request(self, body: bytes, timeout: float) -> httpx.Request:
        timeouts = self._timeouts
        limits = {"connect": timeouts.connect, "read": timeouts.silence, "write": timeouts.silence, "pool": None}
        return httpx.Request(
            "POST",
            self._url,
            headers=[*self._headers, (b"Content-Length", b"%d" % len(body))],
            stream=httpx.ByteStream(body),
            extensions={"timeout": limits, TOTAL_TIMEOUT: timeout, FIRST_BYTE_TIMEOUT: timeouts.first_token},
        )
