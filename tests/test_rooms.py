"""The folders of the package are in the README's order, and none imports from a later one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "explorer"
FOLDERS = {folder.name for folder in PACKAGE.iterdir() if folder.is_dir() and any(folder.glob("*.py"))}
BELOW = {"storage"}
"""Folders below all others, like the single files of the package."""


def order() -> list[str]:
    """The folders in the order in which the README names them."""
    chain = re.search(r"`(data → .*?)`", (ROOT / "README.md").read_text(), re.DOTALL)
    return chain[1].replace("\n", " ").split(" → ") if chain else []


def imported(path: Path) -> set[str]:
    """Folders and files of the package that a module imports from, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "explorer":
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("explorer.")}
    return names


def test_the_readme_names_every_folder_once():
    folders = [name.strip() for name in order()]
    assert sorted(folders) == sorted(FOLDERS - BELOW)


def test_no_module_imports_from_a_later_folder():
    place = {name.strip(): i for i, name in enumerate(order())} | dict.fromkeys(BELOW, -1)
    upward = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in PACKAGE.rglob("*.py")
        if path not in (PACKAGE / "__main__.py", PACKAGE / "__init__.py")  # they name what is used most
        for name in imported(path) & FOLDERS
        if place[name] > place.get(path.relative_to(PACKAGE).parts[0], -1)
    ]
    assert not upward


def test_only_the_pages_and_their_widgets_know_streamlit():
    modules = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "ui"]
    assert not [str(path) for path in modules if re.search(r"^\s*(import|from) streamlit\b", path.read_text(), re.M)]
