"""Compiles the upstream and the load generator into `bench/bin/`, when they are missing or older than their sources."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
BIN = HERE / "bin"
UPSTREAM, LOADGEN = BIN / "upstream", BIN / "loadgen"
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra")


class BenchError(Exception):
    """Something without which there is nothing to measure; its text is all that the user needs to see."""


def compile_tools() -> None:
    """Raises `BenchError` where there is no C compiler, or where it refuses."""
    sources = [*HERE.glob("*.c"), *HERE.glob("*.h")]
    newest = max(source.stat().st_mtime for source in sources)
    for tool in (UPSTREAM, LOADGEN):
        if not tool.exists() or tool.stat().st_mtime < newest:
            _compile(HERE / f"{tool.name}.c", tool)


def _compile(source: Path, tool: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise BenchError(
            "make bench compiles its load tools and found no C compiler: install one "
            "(Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc; Alpine: apk add gcc musl-dev)"
        )
    BIN.mkdir(exist_ok=True)
    done = subprocess.run([compiler, *FLAGS, "-o", tool, source], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{compiler} could not compile {source.name}:\n{done.stderr}")
