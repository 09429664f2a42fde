"""What `ollamanet config` tells, and the table of the README."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from ollamanet.bootstrap.config_cli import config
from ollamanet.bootstrap.settings_report import configuration_table, effective_settings
from ollamanet.bootstrap.settings_sources import entries, load_settings, load_with_sources


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_shows_each_value_with_its_source() -> None:
    Path("ollamanet.toml").write_text("[queue]\ndepth = 2\n")

    shown = effective_settings(load_with_sources({"OLLAMANET_PORT": "3"})).splitlines()

    assert "port = 3  # OLLAMANET_PORT" in shown
    assert "depth = 2  # ollamanet.toml" in shown
    assert 'host = "127.0.0.1"  # default' in shown
    assert "# signing_key is not set  # default" in shown


def test_hides_secrets_and_passwords() -> None:
    shown = effective_settings(
        load_with_sources({"OLLAMANET_REPLICA_TOKEN": "hush", "DATABASE_URL": "postgres://ada:hush@db/chat"})
    )

    assert '# replica_token = "***"  # OLLAMANET_REPLICA_TOKEN' in shown
    assert '# url = "postgresql+asyncpg://***@db/chat"  # DATABASE_URL' in shown
    assert "hush" not in shown


def test_what_it_shows_is_a_file_that_sets_the_same() -> None:
    environ = {"OLLAMA_BASE_URLS": "gpu1;gpu2", "OLLAMANET_DATA_DIR": "/data", "OLLAMANET_SHUTDOWN_GRACE_S": "1.5"}
    Path("shown.toml").write_text(effective_settings(load_with_sources(environ)))

    assert load_settings({}, Path("shown.toml")) == load_settings(environ)


def test_the_table_has_a_row_for_every_setting_and_keeps_its_shape() -> None:
    rows = configuration_table().splitlines()[2:]

    assert [row.split(" | ")[1] for row in rows] == [f"`{entry.section}.{entry.key}`" for entry in entries()]
    assert all(row.count("|") == 5 for row in rows)
    assert "| `OLLAMANET_QUEUE_DEPTH` | `queue.depth` | `64` | waiting requests in all |" in rows
    assert any(row.startswith("| `OLLAMA_BASE_URLS`, else `OLLAMA_HOST` | ") for row in rows)


def test_check_says_that_all_is_well() -> None:
    done = CliRunner().invoke(config, ["check"], env={"OLLAMANET_PORT": "9000"})

    assert (done.exit_code, done.output) == (0, "The settings are good.\n")


def test_check_names_every_mistake_and_fails() -> None:
    done = CliRunner().invoke(config, ["check"], env={"OLLAMANET_PORT": "x", "OLLAMANET_QUEUE_DEPTH": "-1"})

    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "Error: 2 mistakes in the settings",
        "  OLLAMANET_PORT: expected a whole number from 0 to 65535, got 'x'",
        "  OLLAMANET_QUEUE_DEPTH: expected a whole number from 0 to 1000000, got '-1'",
    ]


def test_show_prints_a_file() -> None:
    Path("other.toml").write_text("[server]\nport = 5\n")

    done = CliRunner().invoke(config, ["show", "--file", "other.toml"])

    assert done.exit_code == 0
    assert tomllib.loads(done.output)["server"]["port"] == 5
