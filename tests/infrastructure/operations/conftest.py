"""One Redis server for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.infrastructure.operations.redis_server import PASSWORD, redis_server


@pytest.fixture(scope="package")
def redis_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("redis")


@pytest.fixture(scope="package")
def redis_port(redis_folder: Path) -> Iterator[int]:
    """Of a server that wants a password; a machine without redis-server fails."""
    with redis_server(redis_folder, "--requirepass", PASSWORD) as port:
        yield port
