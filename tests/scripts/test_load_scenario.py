"""`make load`, as small as it goes."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

LOAD = Path(__file__).parents[2] / "load"
BURSTS = [
    sys.executable, str(LOAD / "rag_burst.py"), "--users", "2", "--leavers", "1", "--rag-users", "1",
    "--steady-s", "4", "--burst-s", "5", "--rag-every-s", "4",
]  # fmt: skip
SCENARIO = [sys.executable, str(LOAD / "chat.py"), "--users", "2", "--chats", "1", "--seconds", "30"]


def run(command: list[str], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "BASE_URL"}
    return subprocess.run(
        command, env={**inherited, **environ}, cwd=folder, capture_output=True, text=True, check=False, timeout=50
    )


@pytest.mark.slow
def test_chats_with_a_server_that_it_starts_for_itself(tmp_path: Path) -> None:
    done = run([sys.executable, str(LOAD / "with_server.py"), *SCENARIO], tmp_path)

    assert done.returncode == 0, done.stderr
    assert re.search(r"^first token +p50 +[0-9.]+ s +p95 +[0-9.]+ s$", done.stdout, re.MULTILINE)
    assert re.search(r"^2 chats, [1-9][0-9]* tokens in [0-9.]+ s; 0 refused, 0 failed$", done.stdout, re.MULTILINE)


def test_fails_and_says_so_when_nobody_answers(tmp_path: Path) -> None:
    done = run(SCENARIO, tmp_path, BASE_URL="http://127.0.0.1:1")

    assert done.returncode == 1
    assert "0 chats, 0 tokens" in done.stdout
    assert "failed: sign-in: ConnectError" in done.stdout


def objectives(printed: str) -> dict[str, str]:
    """The verdict on each objective, by the first words of its name."""
    return {name: verdict for verdict, name in re.findall(r"^(ok|MISSED) +([A-Za-z0-9 ]+)", printed, re.MULTILINE)}


@pytest.mark.slow
def test_judges_bursts_by_every_objective(tmp_path: Path) -> None:
    done = run([sys.executable, str(LOAD / "with_server.py"), "--small", *BURSTS, "--slack-s", "30"], tmp_path)

    assert objectives(done.stdout) == {
        "P95 completion": "ok",
        "timed out": "ok",
        "refused while steady": "ok",
        "failed": "ok",
        "P95 wait of those who chat in bursts": "ok",
    }, done.stdout + done.stderr
    assert "burst done: " in done.stdout
    assert done.returncode == 0


@pytest.fixture
def bursts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The scenario as a module; it finds its neighbours as a script does."""
    monkeypatch.syspath_prepend(str(LOAD))
    return import_module("rag_burst")


GOOD = ("steady done", "burst done") * 50


@pytest.mark.parametrize(
    ("completion", "busy", "endings", "missed"),
    [
        (44.0, 5.9, GOOD, None),
        (46.0, 5.9, GOOD, "P95 completion"),
        (44.0, 6.1, GOOD, "P95 wait of those who chat in bursts"),
        (44.0, 5.9, (*GOOD, "burst timed out"), None),
        (44.0, 5.9, (*GOOD, "burst timed out", "steady timed out"), "timed out"),
        (44.0, 5.9, (*GOOD, *["burst refused"] * 30), None),
        (44.0, 5.9, (*GOOD, *["steady refused"] * 3), "refused while steady"),
        (44.0, 5.9, (*GOOD, "burst failed"), "failed"),
    ],
)
def test_each_objective_is_judged_by_its_own_bound(
    bursts: ModuleType,
    capsys: pytest.CaptureFixture[str],
    completion: float,
    busy: float,
    endings: tuple[str, ...],
    missed: str | None,
) -> None:
    seen = bursts.Seen(completion=[completion], waits={"steady": [2.0], "burst": [busy]})
    seen.endings.update(tuple(ending.split(" ", 1)) for ending in endings)

    reached = bursts.report(seen, 4.0)

    assert [name for name, verdict in objectives(capsys.readouterr().out).items() if verdict == "MISSED"] == (
        [missed] if missed else []
    )
    assert reached == (missed is None)


def test_bursts_say_so_when_nobody_answers(tmp_path: Path) -> None:
    done = run(BURSTS, tmp_path, BASE_URL="http://127.0.0.1:1")

    assert done.returncode == 1
    assert done.stdout.startswith("the scenario could not run: ConnectError")


def test_both_forms_of_the_bursts_have_the_same_settings_and_objectives() -> None:
    script, program = ((LOAD / f"rag_burst.{kind}").read_text(encoding="utf-8") for kind in ("js", "py"))
    in_script = re.findall(r"__ENV\.([A-Z_]+) \|\| (\d+)", script)
    in_program = re.findall(r'^    "([A-Z_]+)": \((\d+),', program, re.MULTILINE)

    assert in_script == in_program
    assert len(in_script) == 8
    for bound in ("p(95)<45000", "rate<0.01", "rate<0.05", "rate==0"):
        assert bound in script
    for bound in ("45.0", "0.01", "0.05", "0.0"):
        assert f", {bound})," in program
    assert re.findall(r"Explain .*?blue|The committee .*?adjourned", script) == re.findall(
        r"Explain .*?blue|The committee .*?adjourned", program
    )
