"""The files of the page's components."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def text(name: str) -> str:
    """One file."""
    return (_HERE / name).read_text(encoding="utf-8")


def script(*names: str) -> str:
    """One script of several files, in their order; the last one has the function that is called."""
    return "\n".join(text(f"{name}.js") for name in names)
