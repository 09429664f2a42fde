"""Addresses and names are read as the tools that people know read them."""

from collections.abc import Callable

import pytest

from ollamanet.bootstrap import settings_text as text


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("gpu1", "http://gpu1:11434"),
        ("gpu1:8080", "http://gpu1:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:99", "http://127.0.0.1:99"),
        ("[::]:99", "http://[::1]:99"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:11434", "http://[::1]:11434"),
        ("http://gpu1", "http://gpu1:80"),
        ("https://gpu1", "https://gpu1:443"),
        ("https://gpu1/", "https://gpu1:443"),
        ("HTTPS://gpu1:444/ollama/v0/", "https://gpu1:444/ollama/v0"),
        (" gpu1 ", "http://gpu1:11434"),
    ],
)
def test_an_ollama_address_is_read_as_ollama_reads_it(given: str, url: str) -> None:
    assert text.replica(given) == url


@pytest.mark.parametrize("given", ["gpu1", "[::1]:99", "https://gpu1/a/b"])
def test_an_ollama_address_that_was_read_stays_as_it_is(given: str) -> None:
    assert text.replica(text.replica(given)) == text.replica(given)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("sqlite:///x.db", "sqlite+pysqlite:///x.db"),
        ("sqlite:////srv/x.db", "sqlite+pysqlite:////srv/x.db"),
        ("postgres://ada:pw@db/chat", "postgresql+asyncpg://ada:pw@db/chat"),
        ("postgresql+asyncpg://db/chat", "postgresql+asyncpg://db/chat"),
        ("mssql://sa:pw@db/chat?driver=FreeTDS", "mssql+aioodbc://sa:pw@db/chat?driver=FreeTDS"),
    ],
)
def test_a_database_url_gets_the_driver_that_we_ship(given: str, url: str) -> None:
    assert text.database(given) == url


@pytest.mark.parametrize(
    ("check", "given", "kept"),
    [
        (text.listen_host, "0.0.0.0", "0.0.0.0"),
        (text.listen_host, "[::1]", "::1"),
        (text.redis, "rediss://:pw@cache:6380/1", "rediss://:pw@cache:6380/1"),
        (text.redis, "unix:///run/redis.sock", "unix:///run/redis.sock"),
        (text.amqp, "amqp://ada@queue", "amqp://ada@queue"),
        (text.http_url, "http://collector:4318/", "http://collector:4318"),
        (text.origin, "https://Chat.Example.org/", "https://chat.example.org"),
        (text.origin, "*", "*"),
        (text.model, "llama3", "llama3:latest"),
    ],
)
def test_each_text_takes_the_one_form_that_the_program_uses(check: Callable[[str], str], given: str, kept: str) -> None:
    assert check(given) == kept


@pytest.mark.parametrize(
    ("check", "given"),
    [
        *[
            (text.replica, bad)
            for bad in ("", "/path", "http://", "ftp://gpu1", "gpu1:0", "gpu1:65536", "gpu1:x", "gpu1:")
        ],
        *[
            (text.replica, bad)
            for bad in ("a b", "http://ada:pw@gpu1", "gpu1?x", "gpu1:٣", "[::1%eth0]:1", "[::1", "-h")
        ],
        *[
            (text.database, bad)
            for bad in ("", "sqlite://", "chat.db", "mysql://db/chat", "mssql+pyodbc://db/chat", "postgresql://db:x/c")
        ],
        *[(text.redis, bad) for bad in ("redis://", "http://cache", "redis://cache:x", "redis://cache:0", "unix://")],
        *[(text.amqp, bad) for bad in ("amqp://", "redis://queue", "amqp://a b")],
        *[(text.origin, bad) for bad in ("null", "https://a/b", "https://ada@a", "https://a?x", "chat.example.org")],
        *[(text.listen_host, bad) for bad in ("", "http://a", "a:80", "a b", "a\n")],
        *[(text.model, bad) for bad in ("", "../etc/passwd", "a b")],
    ],
)
def test_what_cannot_be_used_is_refused_without_being_repeated(check: Callable[[str], str], given: str) -> None:
    with pytest.raises(ValueError, match=r"^(a|an|origins|the) ") as refused:
        check(given)

    assert "pw" not in str(refused.value)
