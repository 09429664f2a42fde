"""The probe of Redis, against a real one."""

import asyncio
import socket
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from tests.infrastructure.operations.redis_server import PASSWORD

from ollamanet.infrastructure.operations.redis_probe import RedisProbe

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["", "/0", "/3"])
async def test_tells_how_long_a_ping_took(redis_port: int, path: str) -> None:
    probe = RedisProbe(f"redis://:{PASSWORD}@127.0.0.1:{redis_port}{path}")

    assert 0 < await probe.check() < 10
    assert 0 < await probe.check() < 10


async def test_speaks_over_a_socket_of_the_file_system_too(redis_port: int, redis_folder: Path) -> None:
    assert redis_port
    assert await RedisProbe(f"unix://:{PASSWORD}@{redis_folder}/redis.sock").check() > 0


async def connections(port: int) -> int:
    """How many clients the server knows, this one included."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"AUTH {PASSWORD}\r\nCLIENT LIST\r\nQUIT\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.count(b" addr=")


async def test_leaves_no_connection_behind(redis_port: int) -> None:
    probe = RedisProbe(f"redis://:{PASSWORD}@127.0.0.1:{redis_port}")
    for _ in range(5):
        await probe.check()
    # The server may see the end of the last one a moment later.
    found = [await connections(redis_port)]
    while found[-1] > 1 and len(found) < 100:
        await asyncio.sleep(0.02)
        found.append(await connections(redis_port))

    assert found[-1] == 1


@pytest.mark.parametrize("login", ["", "wrong:wrong@", ":wrong@"])
async def test_a_wrong_password_is_an_error_that_does_not_repeat_it(redis_port: int, login: str) -> None:
    with pytest.raises((AuthenticationError, RedisError)) as refused:
        await RedisProbe(f"redis://{login}127.0.0.1:{redis_port}").check()

    assert PASSWORD not in str(refused.value)
    assert "wrong:" not in str(refused.value)


async def test_a_server_that_is_not_there_is_told_as_it_is() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(RedisConnectionError, match=str(port)):
            await RedisProbe(f"redis://127.0.0.1:{port}").check()


async def test_a_server_that_does_not_answer_is_not_waited_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RedisTimeoutError):
        await RedisProbe(f"redis://127.0.0.1:{silent.getsockname()[1]}", patience=0.1).check()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("redis://cache:6380/2", "redis cache:6380"),
        ("redis://cache", "redis cache"),
        (f"redis://ada:{PASSWORD}@cache:6379/0", "redis cache:6379"),
        (f"rediss://:{PASSWORD}@[::1]:6379", "redis [::1]:6379"),
        (f"redis://:p@ss@{PASSWORD}@cache", "redis cache"),
        ("unix:///run/redis.sock?db=1", "redis /run/redis.sock"),
        ("redis://", "redis localhost"),
    ],
)
def test_its_name_says_where_and_never_who(url: str, name: str) -> None:
    assert RedisProbe(url).name == name
