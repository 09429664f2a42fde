"""The bound on covered branches, which a good figure for lines must not hide."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "branch_coverage.py"


def run(tmp_path: Path, files: dict[str, tuple[int, int]], *folders: str) -> subprocess.CompletedProcess[str]:
    summaries = {
        name: {"summary": {"covered_branches": covered, "num_branches": total, "percent_covered": 99.9}}
        for name, (covered, total) in files.items()
    }
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": summaries}))
    command = [sys.executable, str(SCRIPT), str(report), "95", *folders]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_says_nothing_when_enough_is_covered(tmp_path: Path) -> None:
    files = {
        "src/ollamanet/domain/a.py": (15, 15),
        "src/ollamanet/domain/b.py": (4, 5),
        "src/ollamanet/other.py": (0, 99),
    }

    done = run(tmp_path, files, "ollamanet/domain")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        ((18, 20), "ollamanet/domain: 18 of 20 branches covered, 90.0%; 95 % are needed\n"),
        ((0, 0), "ollamanet/domain: no branch was measured\n"),
    ],
)
def test_fails_and_says_where_too_little_is_covered(tmp_path: Path, domain: tuple[int, int], told: str) -> None:
    files = {"src/ollamanet/domain/a.py": domain, "src/ollamanet/application/a.py": (100, 100)}

    done = run(tmp_path, files, "ollamanet/domain", "ollamanet/application")

    assert (done.returncode, done.stderr) == (1, told)
