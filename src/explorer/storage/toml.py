"""TOML files, read with a sentence for every fault."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.storage.files import read_regular_file

MAX_TOML_BYTES = 2**20


def read_toml(file: Path, what: str) -> dict[str, Any]:
    """The tables of a TOML file, `what` as a sentence calls it."""
    try:
        return tomllib.loads(read_regular_file(file, MAX_TOML_BYTES).decode("utf-8-sig"))
    except FileNotFoundError:
        raise UserError(f"{what} {file} does not exist.") from None
    except OSError as error:
        raise UserError(f"{what} {file} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise UserError(f"{what} {file} is not UTF-8 text; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{what} {file} is not TOML: {error}.") from None
