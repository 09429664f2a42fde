"""The settings: the environment over a file over the defaults, every mistake told at once and by name."""

from pathlib import Path

import pytest

from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.settings_sources import SettingsInvalid, entries, load_settings, load_with_sources

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mistakes(environ: dict[str, str], toml: str | None = None) -> list[str]:
    if toml is not None:
        Path("ollamanet.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(environ)
    return [str(problem) for problem in invalid.value.problems]


def test_needs_nothing_to_be_set() -> None:
    settings = load_settings({})

    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.pool.replicas == ("http://127.0.0.1:11434",)
    assert settings.database.url == "sqlite+pysqlite:///var/ollamanet.db"
    assert settings.identity.signing_key is None


def test_reads_the_names_of_the_contract() -> None:
    settings = load_settings(
        {
            "OLLAMANET_PORT": "0",
            "OLLAMANET_DATA_DIR": "/data",
            "OLLAMA_BASE_URLS": "gpu1; https://gpu2/ollama",
            "OLLAMA_HOST": "nobody asks for this one: !",
            "OLLAMANET_QUEUE_TIMEOUT_S": "2.5",
            "OLLAMANET_REGISTRATION": "Closed",
            "OLLAMANET_CORS_ORIGINS": "https://a.example, https://b.example",
            "OLLAMANET_DEFAULT_MODEL": "llama3",
        }
    )

    assert settings.server.port == 0
    assert settings.server.cors_origins == ("https://a.example", "https://b.example")
    assert settings.database.url == "sqlite+pysqlite:////data/ollamanet.db"
    assert settings.pool.replicas == ("http://gpu1:11434", "https://gpu2:443/ollama")
    assert settings.queue.queue_timeout_s == 2.5
    assert settings.identity.registration == "closed"
    assert settings.chat.default_model == "llama3:latest"


@pytest.mark.parametrize(("given", "allowed"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_models_of_the_cloud_are_allowed_only_by_word(given: str, allowed: bool) -> None:
    assert load_settings({"OLLAMANET_ALLOW_CLOUD_MODELS": given}).pool.allow_cloud_models is allowed
    assert load_settings({}).pool.allow_cloud_models is False
    assert mistakes({"OLLAMANET_ALLOW_CLOUD_MODELS": "maybe"}) == [
        "OLLAMANET_ALLOW_CLOUD_MODELS: expected true or false, got 'maybe'"
    ]


def test_ollama_host_stands_in_for_the_list_of_replicas() -> None:
    assert load_settings({"OLLAMA_HOST": "0.0.0.0:99"}).pool.replicas == ("http://127.0.0.1:99",)


def test_the_environment_wins_over_the_file_and_an_empty_variable_is_not_set() -> None:
    Path("ollamanet.toml").write_text('[server]\nport = 1\n[queue]\ndepth = 2\n[log]\nlevel = "debug"\n')

    loaded = load_with_sources({"OLLAMANET_PORT": "3", "OLLAMANET_QUEUE_DEPTH": ""})

    assert (loaded.settings.server.port, loaded.settings.queue.depth, loaded.settings.log.level) == (3, 2, "debug")
    assert loaded.sources == {
        ("server", "port"): "OLLAMANET_PORT",
        ("queue", "depth"): "ollamanet.toml",
        ("log", "level"): "ollamanet.toml",
    }


def test_the_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[queue]\nqueue_timeout_s = 7\n")

    assert load_settings({"OLLAMANET_CONFIG": "other.toml"}).queue.queue_timeout_s == 7
    assert load_settings({}, Path("other.toml")).queue.queue_timeout_s == 7


def test_a_file_that_was_named_must_be_there() -> None:
    assert mistakes({"OLLAMANET_CONFIG": "absent.toml"}) == [
        "absent.toml: expected a TOML file that can be read, got No such file or directory"
    ]


def test_every_mistake_is_told_at_once() -> None:
    told = mistakes(
        {
            "OLLAMANET_PORT": "abc",
            "OLLAMANET_QUEUE_TIMEOUT_S": "nan",
            "OLLAMANET_LOG_FORMAT": "xml",
            "OLLAMA_HOST": "gpu1:x",
        },
        '[server]\nport = "9"\ndata_dir = 3\n[queue]\ndepht = 1\n[identity]\nargon2_time_cost = 0\n',
    )

    assert told == [
        "ollamanet.toml [server] port: expected a whole number from 0 to 65535, got '9'",
        "ollamanet.toml [server] data_dir: expected the path of a folder, without a question mark, got 3",
        "ollamanet.toml [queue] depht: expected a known setting; did you mean depth?",
        "ollamanet.toml [identity] argon2_time_cost: expected a whole number from 1 to 1000, got 0",
        "OLLAMANET_PORT: expected a whole number from 0 to 65535, got 'abc'",
        "OLLAMA_HOST: expected an address whose port is a number from 1 to 65535, got 'gpu1:x'",
        "OLLAMANET_QUEUE_TIMEOUT_S: expected a number over 0 up to 86400, got 'nan'",
        "OLLAMANET_LOG_FORMAT: expected one of auto, console, json, got 'xml'",
    ]


@pytest.mark.parametrize("value", ["inf", "-1", "0", "86401", "1e9", "5s"])
def test_a_time_out_is_a_number_of_seconds(value: str) -> None:
    assert mistakes({"OLLAMANET_REQUEST_TIMEOUT_S": value}) == [
        f"OLLAMANET_REQUEST_TIMEOUT_S: expected a number over 0 up to 86400, got '{value}'"
    ]


def test_a_data_folder_that_cannot_hold_the_database_is_a_mistake() -> None:
    assert mistakes({"OLLAMANET_DATA_DIR": "/data?"}) == [
        "OLLAMANET_DATA_DIR: expected the path of a folder, without a question mark, got '/data?***'"
    ]


def test_a_misspelt_variable_is_a_mistake_and_its_value_is_not_shown() -> None:
    assert mistakes({"OLLAMANET_SIGNINGKEY": KEY, "OLLAMANET_": "x"}) == [
        "OLLAMANET_: expected a known variable; did you mean OLLAMANET_ENV?",
        "OLLAMANET_SIGNINGKEY: expected a known variable; did you mean OLLAMANET_SIGNING_KEY?",
    ]


def test_the_variables_that_kubernetes_adds_for_a_service_of_our_name_are_not_ours() -> None:
    links = {
        "OLLAMANET_PORT": "tcp://10.0.0.1:8000",
        "OLLAMANET_SERVICE_HOST": "10.0.0.1",
        "OLLAMANET_SERVICE_PORT_HTTP": "8000",
        "OLLAMANET_PORT_8000_TCP_ADDR": "10.0.0.1",
    }

    assert load_settings(links) == load_settings({})


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[server", "ollamanet.toml: expected a TOML file in UTF-8, got "),
        ("port = 1", "ollamanet.toml [port]: expected a section of settings"),
        ("[serve]", "ollamanet.toml [serve]: expected a section of settings; did you mean server?"),
        ("[pool]\nreplicas = []", "ollamanet.toml [pool] replicas: expected a list of texts"),
        ('[pool]\nreplicas = "gpu1"', "ollamanet.toml [pool] replicas: expected a list of texts"),
        ('[pool]\nreplicas = ["gpu1", "gpu1:11434"]', "ollamanet.toml [pool] replicas: expected each of them once"),
        ("[server]\nport = true", "ollamanet.toml [server] port: expected a whole number from 0 to 65535"),
    ],
)
def test_a_mistake_in_the_file_is_told_by_its_place(toml: str, told: str) -> None:
    [mistake] = mistakes({}, toml)

    assert mistake.startswith(told)


def test_a_file_that_is_not_utf_8_is_a_mistake() -> None:
    Path("ollamanet.toml").write_bytes(b'[log]\nlevel = "\xff"')

    assert mistakes({})[0].startswith("ollamanet.toml: expected a TOML file in UTF-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OLLAMANET_SIGNING_KEY", "hush"),
        ("OLLAMANET_SIGNING_KEY", KEY + "\nhush"),
        ("OLLAMANET_REPLICA_TOKEN", "hush hush"),
        ("DATABASE_URL", "mysql://ada:hush@db/chat?password=hush"),
        ("DATABASE_URL", "hush"),
        ("REDIS_URL", "http://ada:a://hush@cache"),
        ("AMQP_URL", "ada:hush@queue"),
        ("OLLAMA_HOST", "http://ada:hush?@gpu1"),
        ("OLLAMA_BASE_URLS", "gpu1;http://ada:hush@gpu2"),
    ],
)
def test_a_mistake_never_tells_a_secret(name: str, value: str) -> None:
    [mistake] = mistakes({name: value})

    assert mistake.startswith(f"{name}: expected ")
    assert "hush" not in mistake


def test_printing_the_settings_never_tells_a_secret() -> None:
    settings = load_settings(
        {
            "OLLAMANET_SIGNING_KEY": KEY,
            "OLLAMANET_REPLICA_TOKEN": "hush",
            "DATABASE_URL": "postgres://ada:hush@db/chat?sslpassword=hush",
            "REDIS_URL": "redis://:hush@cache",
        }
    )

    assert settings.identity.signing_key == KEY
    assert "postgresql+asyncpg://***@db/chat?***" in repr(settings)
    assert not any(secret in repr(settings) for secret in (KEY, "hush"))


def test_production_refuses_what_is_only_safe_in_development() -> None:
    development, production = load_settings({}), load_settings({"OLLAMANET_ENV": "production"})

    assert (development.server.auto_migrate, development.server.allow_simulator) == (True, True)
    assert (production.server.auto_migrate, production.server.allow_simulator) == (False, False)
    assert mistakes({"OLLAMANET_ENV": "production", "OLLAMANET_CORS_ORIGINS": "*"}) == [
        "OLLAMANET_CORS_ORIGINS: expected named origins while OLLAMANET_ENV is production, got *"
    ]


def test_no_secret_has_a_default() -> None:
    settings = load_settings({})
    secrets = [getattr(getattr(settings, entry.section), entry.key) for entry in entries() if entry.origin.secret]

    assert set(secrets) == {None}


def test_no_variable_sets_two_things() -> None:
    names = [name for entry in entries() for name in entry.origin.variables]

    assert len(names) == len(set(names))
    assert isinstance(load_settings({}), Settings)
