"""Settings of managed replicas and restart hooks: tables in the file, JSON in the environment."""

import json
from pathlib import Path

import pytest

from ollamanet.bootstrap.settings_report import effective_settings
from ollamanet.bootstrap.settings_sources import SettingsInvalid, load_settings, load_with_sources

FILE = """
[pool]
replicas = ["gpu1", "gpu2"]

[[pool.managed]]
port = 11500
command = ["/opt/ollama", "serve"]
env = { OLLAMA_MODELS = "/models" }

[[pool.managed]]
port = 11501

[[pool.options]]
replica = "gpu2"
slots = 4
memory = "24GB"

[[pool.restart_hooks]]
replica = "gpu1"
command = ["systemctl", "restart", "ollama"]
timeout_s = 5

[[pool.restart_hooks]]
replica = "http://gpu2:11434"
webhook = "https://ops.example/restart"
token = "hush"
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def managed(*tables: object) -> dict[str, str]:
    return {"OLLAMANET_MANAGED_REPLICAS": json.dumps(tables)}


def hooks(*tables: object) -> dict[str, str]:
    return {"OLLAMANET_RESTART_HOOKS": json.dumps(tables)}


def options(*tables: object) -> dict[str, str]:
    return {"OLLAMANET_REPLICA_OPTIONS": json.dumps(tables)}


def mistakes(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(environ)
    return [str(problem) for problem in invalid.value.problems]


def test_are_read_from_the_file_and_managed_replicas_join_the_others() -> None:
    Path("ollamanet.toml").write_text(FILE)
    pool = load_settings({}).pool

    assert pool.replicas == (
        "http://gpu1:11434",
        "http://gpu2:11434",
        "http://127.0.0.1:11500",
        "http://127.0.0.1:11501",
    )
    first, second = pool.managed
    assert (first.port, first.command, first.env) == (
        11500,
        ("/opt/ollama", "serve"),
        {"OLLAMA_MODELS": "/models"},
    )
    assert (second.command, second.unhealthy_after_s, second.stop_grace_s) == (("ollama", "serve"), 30, 10)
    assert [(each.replica, each.slots, each.memory) for each in pool.options] == [("http://gpu2:11434", 4, "24GB")]
    assert [(hook.replica, hook.timeout_s) for hook in pool.restart_hooks] == [
        ("http://gpu1:11434", 5),
        ("http://gpu2:11434", 60),
    ]


def test_the_environment_has_them_as_json_and_wins() -> None:
    Path("ollamanet.toml").write_text(FILE)

    assert [each.port for each in load_settings(managed({"port": 1})).pool.managed] == [1]


def test_where_only_managed_replicas_are_given_they_are_all() -> None:
    assert load_settings(managed({"port": 11500})).pool.replicas == ("http://127.0.0.1:11500",)
    assert load_settings({}).pool.replicas == ("http://127.0.0.1:11434",)


@pytest.mark.parametrize("text", ["", "x", "3", "{}", "[3]", '{"port": 1}', "[[]]"])
def test_what_is_no_array_of_tables_is_a_mistake(text: str) -> None:
    told = "OLLAMANET_MANAGED_REPLICAS: expected an array of tables, in the environment as JSON: [{...}, ...]"

    assert text == "" or mistakes({"OLLAMANET_MANAGED_REPLICAS": text}) == [told]


def test_every_mistake_of_every_table_is_told_by_its_place() -> None:
    bad = {"prt": 1, "command": [], "env": {"A B": "hush"}, "stop_grace_s": 0}

    assert mistakes(managed(bad, {"port": 1, "env": {"OLLAMA_HOST": "x"}}) | {"OLLAMANET_PORT": "x"}) == [
        "OLLAMANET_PORT: expected a whole number from 0 to 65535, got 'x'",
        "OLLAMANET_MANAGED_REPLICAS[0] prt: expected a known key; did you mean port?",
        "OLLAMANET_MANAGED_REPLICAS[0] port: expected a whole number from 1 to 65535",
        "OLLAMANET_MANAGED_REPLICAS[0] command: expected a list of one or more texts",
        "OLLAMANET_MANAGED_REPLICAS[0] env: expected a table of variables with texts",
        "OLLAMANET_MANAGED_REPLICAS[0] stop_grace_s: expected a number over 0 up to 86400",
        "OLLAMANET_MANAGED_REPLICAS[1]: expected no OLLAMA_HOST in env: it is made of the port",
    ]


def test_ports_are_each_for_one() -> None:
    assert mistakes(managed({"port": 8000}, {"port": 9}, {"port": 9})) == [
        "OLLAMANET_MANAGED_REPLICAS[0] port: expected a port of its own; this one is taken by OllamaNet itself",
        "OLLAMANET_MANAGED_REPLICAS[2] port: expected a port of its own; this one is taken by the managed replica [1]",
    ]


@pytest.mark.parametrize(
    ("hook", "told"),
    [
        ({"replica": "gpu1"}, ": expected either a command or a webhook"),
        ({"replica": "gpu1", "command": ["x"], "webhook": "http://x"}, ": expected either a command or a webhook"),
        ({"replica": "gpu1", "command": ["x"], "token": "hush"}, ": expected a token only beside a webhook"),
        ({"replica": "gpu1", "webhook": "http://x", "env": {"A": "b"}}, ": expected env only beside a command"),
        ({"command": ["x"]}, " replica: expected a text"),
        ({"replica": "gpu1", "command": "x"}, " command: expected a list of one or more texts"),
        ({"replica": "gpu1", "webhook": "hush"}, " webhook: expected a URL such as http://127.0.0.1:4318"),
        ({"replica": "gpu9", "command": ["x"]}, " replica: expected an address of the list of replicas"),
        ({"replica": "127.0.0.1:11500", "command": ["x"]}, " replica: expected an address of the list of replicas"),
        ({"replica": "a:b:c", "command": ["x"]}, " replica: expected an address"),
    ],
)
def test_a_mistake_in_a_hook_is_told_by_its_place_without_secrets(hook: object, told: str) -> None:
    environ = {"OLLAMA_BASE_URLS": "gpu1", **managed({"port": 11500}), **hooks(hook)}
    [mistake] = mistakes(environ)

    assert mistake.startswith(f"OLLAMANET_RESTART_HOOKS[0]{told}")
    assert "hush" not in mistake


def test_a_replica_has_one_hook() -> None:
    one = {"replica": "gpu1", "command": ["x"]}
    [mistake] = mistakes({"OLLAMA_BASE_URLS": "gpu1", **hooks(one, {**one, "replica": "http://gpu1:11434"})})

    assert mistake.startswith("OLLAMANET_RESTART_HOOKS[1] replica: expected an address of the list of replicas")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"replica": "gpu9", "slots": 2}, [" replica: expected an address of the list of replicas"]),
        ({"replica": "127.0.0.1:11500", "slots": 2}, [" replica: expected an address of the list of replicas"]),
        ({"replica": "a:b:c", "slots": 2}, [" replica: expected an address"]),
        ({"replica": "gpu1"}, [": expected one or more of slots, weight, models, max_loaded, memory"]),
        (
            {"slot": 2, "slots": 0, "weight": 0, "models": [], "max_loaded": 1.5, "memory": 24},
            [
                " slot: expected a known key; did you mean slots?",
                " slots: expected a whole number from 1 to 1024",
                " weight: expected a number over 0 up to 1000",
                " models: expected a list of one or more texts",
                " max_loaded: expected a whole number from 1 to 1024",
                " memory: expected a text",
                " replica: expected a text",
            ],
        ),
        (
            {"replica": "gpu1", "models": ["a b"], "memory": "24"},
            [" models: expected the name of a model", " memory: expected a size of memory, such as 24GB"],
        ),
        ({"replica": "gpu1", "memory": "0GB"}, [" memory: expected a size of memory of more than nothing"]),
    ],
)
def test_mistakes_in_options_are_told_by_their_place(table: object, told: list[str]) -> None:
    found = mistakes({"OLLAMA_BASE_URLS": "gpu1", **managed({"port": 11500}), **options(table)})

    assert len(found) == len(told)
    for mistake, begin in zip(found, told, strict=True):
        assert mistake.startswith(f"OLLAMANET_REPLICA_OPTIONS[0]{begin}")


def test_a_replica_has_its_options_once() -> None:
    one = {"replica": "gpu1", "slots": 2}
    [mistake] = mistakes({"OLLAMA_BASE_URLS": "gpu1", **options(one, {**one, "replica": "http://gpu1:11434/"})})

    assert mistake.startswith("OLLAMANET_REPLICA_OPTIONS[1] replica: expected an address of the list of replicas")


def test_a_managed_replica_has_its_options_in_its_own_table() -> None:
    assert mistakes(managed({"port": 11500, "models": [" "], "memory": "much", "slots": 2})) == [
        "OLLAMANET_MANAGED_REPLICAS[0] models: expected the name of a model, such as qwen3 or qwen3:14b",
        "OLLAMANET_MANAGED_REPLICAS[0] memory: expected a size of memory, such as 24GB or 512MiB",
    ]
    [mistake] = mistakes(managed({"port": 11500}) | options({"replica": "127.0.0.1:11500", "slots": 2}))
    assert mistake.endswith("(those of a managed replica stand in its own table)")


def test_the_default_replica_can_have_options() -> None:
    pool = load_settings(options({"replica": "localhost", "slots": 2}) | {"OLLAMA_HOST": "localhost"}).pool

    assert [(each.url, each.slots) for each in pool.options] == [("http://localhost:11434", 2)]
    assert load_settings(options({"replica": "127.0.0.1", "slots": 2})).pool.options[0].url == "http://127.0.0.1:11434"


def test_a_mistake_in_the_file_is_told_by_its_place() -> None:
    Path("ollamanet.toml").write_text("[[pool.managed]]\nport = 8000\n")

    assert mistakes({}) == [
        "ollamanet.toml [pool] managed[0] port: expected a port of its own; this one is taken by OllamaNet itself"
    ]


def test_printing_and_showing_them_tells_no_secret() -> None:
    environ = {
        "OLLAMA_BASE_URLS": "gpu1",
        **managed({"port": 11500, "env": {"TOKEN": "hush"}}),
        **hooks({"replica": "gpu1", "webhook": "http://ops/hush", "token": "hush"}),
    }
    loaded = load_with_sources(environ)
    shown = effective_settings(loaded)

    assert "hush" not in repr(loaded.settings)
    assert "hush" not in shown
    assert '# managed = [{ port = 11500, command = ["ollama","serve"], env = { TOKEN = "***" }' in shown


def test_what_is_shown_is_a_file_that_sets_the_same() -> None:
    environ = {"OLLAMA_BASE_URLS": "gpu1", **managed({"port": 11500, "command": ['a "b"', "{port}"]})}
    environ |= hooks({"replica": "gpu1", "command": ["restart"]})
    environ |= options({"replica": "gpu1", "weight": 0.5, "models": ["llama3"], "memory": "24 GB"})
    Path("shown.toml").write_text(effective_settings(load_with_sources(environ)))

    assert load_settings({}, Path("shown.toml")) == load_settings(environ)
