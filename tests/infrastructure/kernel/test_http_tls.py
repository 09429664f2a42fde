"""The transport over TLS, with a certificate made for the occasion."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.infrastructure.kernel.http_clients import BOTH_LOOPS, ask, fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import answering, scripted_server

from ollamanet.infrastructure.kernel.http_reader import ResponseReader
from ollamanet.infrastructure.kernel.http_transport import FastTransport

pytestmark = pytest.mark.anyio
HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
MADE = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"


@pytest.fixture(params=BOTH_LOOPS, ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> object:
    return request.param


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that signs itself for `localhost` and `::1` (not for 127.0.0.1), and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    extensions = "-addext subjectAltName=DNS:localhost,IP:::1 -addext keyUsage=critical,digitalSignature,keyCertSign"
    subprocess.run(
        ["openssl", *MADE.split(), *extensions.split(), "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    return cert, key


@pytest.fixture
def serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate[0])
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default of Python 3.13
    return context


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "localhost"), ("::1", "[::1]")])
async def test_asks_a_server_whose_certificate_it_trusts(
    serving: ssl.SSLContext, trusting: ssl.SSLContext, host: str, shown: str
) -> None:
    async with (
        scripted_server(answering(HI), tls=serving, host=host) as server,
        fast_transport(FastTransport(tls=trusting)) as transport,
        httpx.AsyncClient(transport=transport) as client,
    ):
        url = httpx.URL(server.url).copy_with(host=shown.strip("[]"), path="/base/api")
        for _ in range(2):
            response = await client.get(url, headers={"Authorization": "Bearer secret"})
            assert response.text == "hi"

        assert len(server.peers) == 1
        assert server.peers[0].requests[0].startswith(b"GET /base/api HTTP/1.1\r\nHost: " + shown.encode())
        assert b"\r\nAuthorization: Bearer secret\r\n" in server.peers[0].requests[1]


async def test_refuses_a_certificate_that_nobody_vouches_for(serving: ssl.SSLContext) -> None:
    async with scripted_server(answering(HI), tls=serving) as server, fast_transport() as transport:
        with pytest.raises(httpx.ConnectError, match=r"(?i)certificate verify failed"):
            await ask(transport, server.url.replace("127.0.0.1", "localhost"))

        assert server.peers == []


async def test_refuses_a_certificate_for_another_name(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    async with (
        scripted_server(answering(HI), tls=serving) as server,
        fast_transport(FastTransport(tls=trusting)) as transport,
    ):
        with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
            await ask(transport, server.url)


async def test_a_server_without_tls_is_a_connect_error(trusting: ssl.SSLContext) -> None:
    async with (
        scripted_server(answering(HI)) as server,
        fast_transport(FastTransport(tls=trusting)) as transport,
    ):

        async def speak_first() -> None:
            await until(lambda: bool(server.peers))
            await server.peers[0].send(HI)

        speaking = asyncio.create_task(speak_first())
        with pytest.raises(httpx.ConnectError):
            await ask(transport, server.url.replace("http:", "https:"))
        await speaking


async def test_streams_large_answers_and_takes_large_requests(
    serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    large = bytes(range(256)) * 8192
    async with (
        scripted_server(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(large) + large), tls=serving
        ) as server,
        fast_transport(FastTransport(tls=trusting)) as transport,
    ):
        response = await ask(transport, server.url.replace("127.0.0.1", "localhost"), large)
        await asyncio.sleep(0.05)
        assert isinstance(response.stream, ResponseReader)
        assert response.stream.unread < len(large)

        assert await response.aread() == large
        assert server.peers[0].requests[0].endswith(large)


async def test_cancelling_closes_the_socket_under_the_encryption(
    serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    silence = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        scripted_server(answering(silence), tls=serving) as server,
        fast_transport(FastTransport(tls=trusting)) as transport,
    ):
        response = await ask(transport, server.url.replace("127.0.0.1", "localhost"))
        reading = asyncio.create_task(response.aread())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait({reading})

        await server.peers[0].until_gone()
        await until(lambda: transport.open_connections == 0)
