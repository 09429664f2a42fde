"""The settings of model profiles; a file that cannot be used is a mistake in the settings like any other."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ollamanet.bootstrap.config_cli import config
from ollamanet.bootstrap.settings_models import ModelsInvalid, read_profiles
from ollamanet.bootstrap.settings_sources import SettingsInvalid, load_settings
from ollamanet.infrastructure.inference.models_file_values import SHIPPED

BAD = "profiles:\n  a: {gpu_memory: x}\n  b:\n    system_memory: 1GB\n    prewrm: [x]\n"
TOLD = [
    "line 2: profiles.a.gpu_memory: expected a size of memory, such as 24GB or 512MiB, got 'x'",
    "line 5: profiles.b.prewrm: expected a known key; did you mean prewarm?",
]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mistakes(**environ: str) -> list[str]:
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(environ)
    return [str(problem) for problem in invalid.value.problems]


def put(text: str, name: str = "config/models.yaml") -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def test_nothing_has_to_be_set() -> None:
    models = load_settings({}).models

    assert (models.file, models.profile, models.gpu_memory, models.prewarm) == (None, None, None, "on")


def test_a_file_in_its_usual_place_is_checked() -> None:
    put(BAD)

    assert mistakes() == [f"config/models.yaml {each}" for each in TOLD]


def test_its_mistakes_are_told_together_with_all_others() -> None:
    put(BAD, "mine.yaml")

    assert mistakes(OLLAMANET_MODELS_FILE="mine.yaml", OLLAMANET_PORT="x", OLLAMANET_GPU_MEMORY="many") == [
        "OLLAMANET_PORT: expected a whole number from 0 to 65535, got 'x'",
        "OLLAMANET_GPU_MEMORY: expected a size of memory, such as 24GB or 512MiB, got 'many'",
        *(f"mine.yaml {each}" for each in TOLD),
    ]


def test_the_file_that_is_named_goes_before_the_usual_one_and_has_to_be_there() -> None:
    put(BAD)
    put("profiles: {a: {system_memory: 0GB}}", "mine.yaml")

    assert load_settings({"OLLAMANET_MODELS_FILE": "mine.yaml"}).models.file == "mine.yaml"
    assert mistakes(OLLAMANET_MODELS_FILE="absent.yaml") == [
        "absent.yaml: expected a YAML file that can be read, got No such file or directory"
    ]


def test_a_path_that_is_none_is_a_mistake() -> None:
    assert mistakes(OLLAMANET_MODELS_FILE=" ") == ["OLLAMANET_MODELS_FILE: expected the path of a YAML file, got ' '"]


@pytest.mark.parametrize("own", [None, "profiles: {small: {system_memory: 0GB}, large: {gpu_memory: 1GB}}"])
def test_the_profile_that_is_named_has_to_be_in_the_file(own: str | None) -> None:
    if own is not None:
        put(own)
    names = ["small", "large"] if own else ["cpu", "cpu-32gb", "4gb", "8gb", "16gb", "24gb", "48gb", "80gb"]

    assert mistakes(OLLAMANET_PROFILE="huge") == [f"OLLAMANET_PROFILE: expected one of {', '.join(names)}, got 'huge'"]
    assert load_settings({"OLLAMANET_PROFILE": names[1]}).models.profile == names[1]


def test_config_check_names_them_and_config_models_prints_what_comes_with_it() -> None:
    printed = CliRunner().invoke(config, ["models"]).output
    put(printed)
    assert printed == SHIPPED.read_text(encoding="utf-8")
    assert CliRunner().invoke(config, ["check"]).exit_code == 0

    put(BAD)
    done = CliRunner().invoke(config, ["check"])
    assert (done.exit_code, [line.strip() for line in done.output.splitlines()[1:]]) == (
        1,
        [f"config/models.yaml {each}" for each in TOLD],
    )


def test_a_link_to_the_shipped_file_is_the_shipped_file() -> None:
    Path("config").mkdir()
    Path("config/models.yaml").symlink_to(SHIPPED)

    assert load_settings({}).models.file is None


def test_all_mistakes_are_in_the_message_too() -> None:
    put(BAD)
    with pytest.raises(ModelsInvalid, match=r"line 2: .*; config/models.yaml line 5: "):
        read_profiles(Path("config/models.yaml"), None)
