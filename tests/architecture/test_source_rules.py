"""What no linter of ours says about the source files."""

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "src").rglob("*.py"))
ALL = PACKAGE + [
    file for folder in ("tests", "bench", "load", "scripts") for file in sorted((ROOT / folder).rglob("*.py"))
]
LEFT_FOR_LATER = ("TODO", "FIXME", "XXX", "NotImplementedError")
LONGEST_FILE = 250


def test_no_file_is_longer_than_can_be_read_in_one_go() -> None:
    lines = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in ALL}

    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_no_import_is_hidden_from_the_running_program() -> None:
    hidden = [
        str(file.relative_to(ROOT))
        for file in ALL
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.Attribute) and "TYPE_CHECKING" in ast.unparse(node)
    ]

    assert hidden == []


def test_nothing_is_left_for_later() -> None:
    left = [
        (str(file.relative_to(ROOT)), word) for file in PACKAGE for word in LEFT_FOR_LATER if word in file.read_text()
    ]

    assert left == []


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = sorted({file.parent for file in PACKAGE} - {ROOT / "src"})

    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_lock_names_only_the_public_index() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]

    assert {str(package["source"]) for package in packages if package["name"] != "ollamanet"} == {
        "{'registry': 'https://pypi.org/simple'}"
    }
