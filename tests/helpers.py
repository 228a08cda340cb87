"""Small things that many tests say."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest

from explorer.errors import UserError


@contextmanager
def refused(*words: str):
    """The block ends in a `UserError` of one line that has all the words."""
    with pytest.raises(UserError) as caught:
        yield caught
    message = str(caught.value)
    assert "\n" not in message
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in: {message}"


def csv(*rows: str) -> str:
    """The text of a file with these rows."""
    return "".join(f"{row}\n" for row in rows)


def everything_below(folder: Path) -> dict[Path, bytes | None]:
    """Every file below a folder with its content, and every folder with None."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
