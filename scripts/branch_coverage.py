"""Fails unless enough branches of each given package are covered; says nothing when they are.

`coverage report --fail-under` mixes lines into its figure, which hides untaken branches.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def branch_coverage(report: Mapping[str, Any], folder: str) -> tuple[int, int]:
    """Covered branches and all branches of the files in a folder.

    Args:
        report: what `coverage json` wrote.
        folder: the end of the folder's path, such as `ollamanet/domain`.
    """
    inside = [
        measured["summary"]
        for name, measured in report["files"].items()
        if f"/{folder}/" in f"/{Path(name).as_posix()}"
    ]
    return sum(item["covered_branches"] for item in inside), sum(item["num_branches"] for item in inside)


def shortfalls(report: Mapping[str, Any], least: float, folders: list[str]) -> list[str]:
    """A sentence for each folder that has less than `least` percent of its branches covered, or none at all."""
    said = []
    for folder in folders:
        covered, total = branch_coverage(report, folder)
        if total == 0:
            said.append(f"{folder}: no branch was measured")
        elif covered * 100 < least * total:
            said.append(
                f"{folder}: {covered} of {total} branches covered, {covered / total:.1%}; {least:g} % are needed"
            )
    return said


def main(arguments: list[str]) -> int:
    """Run as `branch_coverage.py REPORT.json PERCENT FOLDER...`; the exit status."""
    report, least, *folders = arguments
    said = shortfalls(json.loads(Path(report).read_text(encoding="utf-8")), float(least), folders)
    sys.stderr.writelines(f"{line}\n" for line in said)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
