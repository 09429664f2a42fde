"""`make load`, as small as it goes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = Path(__file__).parents[2] / "load"
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
