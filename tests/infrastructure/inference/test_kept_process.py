"""Programs that end when we do, with everything that they started."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.infrastructure.inference.programs import is_alive, numbers_in, program, python, until

from ollamanet.infrastructure.inference import process_keeper
from ollamanet.infrastructure.inference.kept_process import CannotStart, KeptProcess

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """The tests' loop, and the service's: each has its own way to run processes."""
    return "asyncio", {"use_uvloop": request.param}


SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
FAMILY = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", {STUBBORN!r}])
open(os.environ["PIDS"], "w").write(f"{{os.getpid()}} {{child.pid}}")
time.sleep(600)
"""


async def test_its_end_is_told_with_its_code_and_its_last_line(tmp_path: Path) -> None:
    process = await KeptProcess.start(python(tmp_path, "print('one'); print('two'); print(); raise SystemExit(3)"))
    await process.wait()

    assert (process.over, process.code, process.last_words) == (True, 3, "ended with code 3: two")
    assert (tmp_path / "gpu.log").read_text() == "one\ntwo\n\n"
    assert (tmp_path / "gpu.log").stat().st_mode & 0o777 == 0o600


async def test_a_signal_is_told_by_its_name(tmp_path: Path) -> None:
    process = await KeptProcess.start(python(tmp_path, SLEEPER))
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    assert (process.code, process.last_words) == (-signal.SIGKILL, "ended by SIGKILL")


async def test_stopping_asks_first_and_may_be_done_twice(tmp_path: Path) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('ready'); time.sleep(600)"
    process = await KeptProcess.start(python(tmp_path, code))
    await until((tmp_path / "gpu.log").exists)
    await process.stop()
    await process.stop()

    assert process.code == 7


async def test_who_does_not_listen_is_killed_after_the_grace(tmp_path: Path) -> None:
    process = await KeptProcess.start(python(tmp_path, STUBBORN, grace=0.2))
    await until((tmp_path / "gpu.log").exists)
    await process.stop()

    assert process.code == -signal.SIGKILL


async def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    process = await KeptProcess.start(python(tmp_path, FAMILY, PIDS=str(tmp_path / "pids")))
    await until(lambda: numbers_in(tmp_path / "pids", 2) is not None)
    parent, child = numbers_in(tmp_path / "pids", 2) or ()
    os.kill(parent, signal.SIGKILL)
    await process.wait()

    await until(lambda: not is_alive(child))


async def test_a_keeper_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    process = await KeptProcess.start(python(tmp_path, SLEEPER))
    program_id = process.pid
    os.kill(process._keeper.pid, signal.SIGKILL)
    await process.wait()

    assert process.last_words == "its keeper was killed"
    await until(lambda: not is_alive(program_id))


@pytest.mark.parametrize("steps", range(6))
async def test_a_start_that_is_cancelled_leaves_nothing_behind(tmp_path: Path, steps: int) -> None:
    starting = asyncio.create_task(KeptProcess.start(python(tmp_path, FAMILY, PIDS=str(tmp_path / "pids"), grace=0.2)))
    await asyncio.sleep(steps * 0.01)
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await (await starting).stop()

    pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    await until(lambda: not any(is_alive(int(pid)) for pid in pids))


@pytest.mark.parametrize(
    ("command", "told"),
    [("/nowhere/at/all", "No such file or directory"), ("/etc/passwd", "Permission denied")],
)
async def test_what_cannot_be_run_is_told(tmp_path: Path, command: str, told: str) -> None:
    with pytest.raises(CannotStart, match=told):
        await KeptProcess.start(program(tmp_path, command))


async def test_long_lines_and_lines_without_an_end_are_bounded(tmp_path: Path) -> None:
    process = await KeptProcess.start(python(tmp_path, "print('x' * 5000); print('y' * 10, end='')"))
    await process.wait()

    lines = (tmp_path / "gpu.log").read_text().splitlines()
    assert max(map(len, lines)) <= process_keeper.LONGEST_LINE
    assert lines[-1] == "y" * 10
    assert process.last_words.endswith(": " + "y" * 10)


async def test_a_large_file_makes_room_once(tmp_path: Path) -> None:
    log = tmp_path / "gpu.log"
    log.write_bytes(b"x" * (process_keeper.LARGEST_FILE + 1))
    process = await KeptProcess.start(python(tmp_path, "print('new')"))
    await process.wait()

    assert log.read_text() == "new\n"
    assert (tmp_path / "gpu.old").stat().st_size > process_keeper.LARGEST_FILE


async def test_output_that_cannot_be_written_does_not_end_the_program(tmp_path: Path) -> None:
    (tmp_path / "gpu.log").mkdir()
    process = await KeptProcess.start(python(tmp_path, "print('one'); print('two')"))
    await process.wait()

    assert process.last_words == "ended with code 0: two"


async def test_it_gets_only_the_variables_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMANET_SIGNING_KEY", "hush")
    monkeypatch.setenv("OLLAMA_HOST", "gpu9")
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:hush@proxy")
    code = "import os; print(sorted(name for name in os.environ if 'OLLAMA' in name or 'PROXY' in name))"
    process = await KeptProcess.start(python(tmp_path, code, OLLAMA_MODELS="/models"))
    await process.wait()

    assert (tmp_path / "gpu.log").read_text() == "['OLLAMA_MODELS']\n"


OWNER = """
import asyncio, os, sys
from pathlib import Path
from tests.infrastructure.inference.programs import python
from ollamanet.infrastructure.inference.kept_process import KeptProcess

async def main():
    process = await KeptProcess.start(python(Path(sys.argv[1]), sys.argv[2], PIDS=sys.argv[1] + "/pids", grace=0.3))
    await process.wait()

asyncio.run(main())
"""


@contextmanager
def owner_of(folder: Path) -> Iterator[None]:
    """A process that runs the family, and is killed at the end."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder), FAMILY], cwd=Path(__file__).parents[3])
    try:
        yield
    finally:
        owner.kill()
        owner.wait(10)


async def test_a_sigkill_of_ours_leaves_no_orphan(tmp_path: Path) -> None:
    with owner_of(tmp_path):
        await until(lambda: numbers_in(tmp_path / "pids", 2) is not None, seconds=40)
        family = numbers_in(tmp_path / "pids", 2) or ()
        assert [is_alive(pid) for pid in family] == [True, True]

    await until(lambda: not any(is_alive(pid) for pid in family))


def test_the_keeper_needs_nothing_but_python(tmp_path: Path) -> None:
    asked = [sys.executable, "-I", "-S", process_keeper.__file__, str(tmp_path / "log"), "1", "true"]
    done = subprocess.run(asked, input=b"", capture_output=True, timeout=30, check=False)

    assert done.stdout.startswith(b"started ")
    assert done.stderr == b""
