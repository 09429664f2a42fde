"""Asking the identity provider: one exchange, bounded in time and size, whose answer is a JSON object."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec

from ollamanet.domain.identity.external_errors import ProviderFaulty, ProviderUnavailable

_LARGEST: Final = 512 * 1024
_RETRY_AFTER: Final = 5.0


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What came back: any status below 500, and an object, empty where there was none."""

    status: int
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProviderHttp:
    """A client that follows no redirect, uses no proxy and keeps no connection.

    Attributes:
        timeout: seconds (> 0) for a whole exchange.
        trusted: certificates, those of the system by default; loaded once, as that takes a while.
    """

    timeout: float = 8.0
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    async def get(self, url: str, token: str | None = None) -> ProviderAnswer:
        """Fetch an object.

        Raises:
            ProviderUnavailable: nobody answered in time, or with a status of 500 or more.
            ProviderFaulty: the answer is too large, or no object.
        """
        return await self._asked("GET", url, {} if token is None else {"Authorization": f"Bearer {token}"}, None)

    async def post(self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None) -> ProviderAnswer:
        """Send a form, with a name and a password (both as they go into the header) or without."""
        return await self._asked("POST", url, {}, form, basic)

    async def _asked(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        basic: tuple[str, str] | None = None,
    ) -> ProviderAnswer:
        # Uncompressed, so that what is read is what is counted.
        sent = {"User-Agent": "ollamanet", "Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            async with (
                asyncio.timeout(self.timeout),
                httpx.AsyncClient(verify=self.trusted, trust_env=False, timeout=None) as client,  # noqa: S113
                client.stream(method, url, headers=sent, data=form, auth=basic) as answer,
            ):
                if answer.status_code >= 500:
                    raise _unavailable(f"answered with status {answer.status_code}")
                return ProviderAnswer(answer.status_code, _object(await _bounded(answer)))
        except TimeoutError as error:
            raise _unavailable("did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unavailable(f"cannot be reached ({type(error).__name__})") from error


async def _bounded(answer: httpx.Response) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ProviderFaulty("the provider compressed its answer, which it was asked not to do")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > _LARGEST:
            raise ProviderFaulty("the provider's answer is too large")
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    if not body:
        return {}
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProviderFaulty("the provider's answer is no JSON object") from error


def _unavailable(how: str) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"the identity provider {how}; sign in with a password, or later", retry_after=_RETRY_AFTER
    )
