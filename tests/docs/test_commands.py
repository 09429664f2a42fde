"""Every command in the pages can be typed."""

import re
import shlex
from pathlib import Path

import click
import pytest
from tests.docs.pages import PAGES, README, ROOT, blocks, code_lines, name_of

from ollamanet.bootstrap.cli import main

TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
CALL = re.compile(r"(?<![\w./-])ollamanet +([a-z][^#|&;)\n]*)")


def fault_of(call: str) -> str | None:
    """What is wrong with the words after `ollamanet`, if anything."""
    command: click.Command = main
    for word in shlex.split(call):
        if isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"there is no command {word!r}"
            command = found
        elif word.startswith("--") and word not in {name for option in command.params for name in option.opts}:
            return f"there is no option {word}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_target_of_make_exists(page: Path) -> None:
    named = {target for line in code_lines(page) for target in re.findall(r"(?<![\w-])make ([a-z]+)", line)}

    assert named <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_option_exists(page: Path) -> None:
    calls = [call for line in code_lines(page) for call in CALL.findall(line)]

    assert [(call, fault_of(call)) for call in calls if fault_of(call)] == []


def test_the_readme_names_commands() -> None:
    lines = "\n".join(blocks(README))

    assert {"make run", "make test"} <= {f"make {target}" for target in re.findall(r"make ([a-z]+)", lines)}
    assert len(CALL.findall(lines)) >= 4


@pytest.mark.parametrize("call", ["serv", "users make", "users create --email x", "serve --demos"])
def test_a_wrong_command_is_noticed(call: str) -> None:
    assert fault_of(call)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    *_, last = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()

    assert last.endswith("exec make test")
    assert "make test\n" in blocks(README)[0]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_to_be_pasted_has_no_comments_which_zsh_would_run(page: Path) -> None:
    lines = "".join(blocks(page.read_text(encoding="utf-8"))).splitlines()

    assert [line for line in lines if re.search(r"(^| )#", line)] == []
