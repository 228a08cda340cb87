"""Vectors of somebody else's recommender from files: arrays, tables and word lists, never by unpickling."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError, listed, quoted, shortened
from explorer.recommenders.external.parts import read_by_pieces, read_parts
from explorer.text import bytes_text

MAX_BYTES = 2 * 2**30
"""Of the vectors of one side, as float32, in a file that cannot be read piece by piece."""
MAX_DIM = 2048
_TABLES = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")
_TORCH = (".pt", ".pth", ".bin", ".ckpt")
_TEXTS = (".txt", ".vec", ".w2v")
ENDINGS = (".npy", ".npz", ".safetensors", *_TABLES, *_TEXTS, *_TORCH)
"""Of the files that can be read."""
_SIDES = {"user": ("user_factors", "user_embeddings", "users", "user"), "item": ("item_factors", "item_embeddings",
          "items", "item")}  # fmt: skip
"""What tensors are usually called; the first two as `implicit` and many others save them."""


@dataclass(frozen=True)
class Vectors:
    """The vectors of one side. `matrix`: float32 `[n, d]`; `ids`: text `[n]`, or None where the file has none."""

    path: Path
    matrix: np.ndarray
    ids: np.ndarray | None


def read_vectors(
    path: Path, side: str, tensor: str | None = None, ids: Path | None = None, offset: int = 0, dim: int | None = None
) -> Vectors:
    """Read one side ("user" or "item") and check what can be checked without the data set.

    tensor: its name, of a file with several. ids: a file with the id of each row. offset: rows before the first, such
    as padding. dim: 1: a bias, one number a row.
    Raises `UserError` that says what is wrong, where, and what to do.
    """
    if read_by_pieces(path) and dim is None:
        values, own_ids = _by_pieces(path, side, tensor)
    else:
        found, own_ids = _read(path, side, tensor)
        values = _checked(path, found, side, dim)
    if not 0 <= offset < len(values):
        raise UserError(f"{path} has {len(values):,} rows, so that {offset:,} cannot be left out before the first.")
    values = values[offset:]
    own_ids = own_ids if own_ids is None else own_ids[offset:]
    if ids is not None:
        own_ids = read_ids(ids)
        if len(own_ids) == len(values) + offset:
            own_ids = own_ids[offset:]
        if len(own_ids) != len(values):
            raise UserError(f"{ids} has {len(own_ids):,} ids, but {path} has {len(values):,} vectors.")
    if own_ids is not None:
        repeated = pd.Series(own_ids).duplicated()
        if repeated.any():
            first = own_ids[int(np.argmax(repeated))]
            raise UserError(f"{ids or path} has the id {quoted(first)} twice; keep one vector per id.")
    return Vectors(path, values, own_ids)


def read_ids(path: Path) -> np.ndarray:
    """Ids in their order, as text: one a line, the first column of a table, or an array."""
    ending = _ending(path)
    try:
        if ending == ".npy":
            found = np.load(path, allow_pickle=False)
        elif ending in _TABLES:
            found = _table(path, ending).iloc[:, 0]
        else:
            found = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    return np.asarray([str(value) for value in np.asarray(found).ravel().tolist()], dtype=object)


def _by_pieces(path: Path, side: str, tensor: str | None) -> tuple[np.ndarray, np.ndarray | None]:
    import pyarrow as pa
    import safetensors

    check = _check_users_size if side == "user" else _check_items_size
    try:
        found = read_parts(path, side, tensor, check)
    except (OSError, ValueError, EOFError, pa.ArrowException, safetensors.SafetensorError) as error:
        raise _unreadable(path, error) from None
    return found.matrix, found.ids


def _check_users_size(path: Path, shape: tuple[int, int]) -> None:
    _check_size(path, shape, "user")


def _check_items_size(path: Path, shape: tuple[int, int]) -> None:
    _check_size(path, shape, "item")


def _read(path: Path, side: str, tensor: str | None) -> tuple[np.ndarray, np.ndarray | None]:
    ending = _ending(path)
    try:
        if not path.is_file():
            raise UserError(f"{shortened(path, 300)} does not exist or is not a file; give a file of {side} vectors.")
        if ending == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False), None
        if ending == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                name = chosen_tensor(path, arrays.files, side, tensor, lambda name: arrays[name].shape)
                return arrays[name], None
        if ending == ".safetensors":
            return _safetensors(path, side, tensor), None
        if ending in _TORCH:
            return _torch(path, side, tensor), None
        if ending in _TABLES:
            return _of_table(path, _table(path, ending))
        if ending in _TEXTS:
            return _word2vec(path)
    except (OSError, ValueError, KeyError, EOFError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from None
    raise UserError(f"{path} ends in none of {listed(ENDINGS, most=99)}; save the vectors as one of these.")


def _ending(path: Path) -> str:
    name = path.name.lower()
    return next((ending for ending in ENDINGS if name.endswith(ending)), path.suffix.lower())


def _unreadable(path: Path, error: Exception) -> UserError:
    reason = shortened(" ".join(str(error).split()), 160) or type(error).__name__
    if any(word in reason.lower() for word in ("pickle", "object array", "python objects")):
        return UserError(f"{path} holds Python objects, which are never loaded; save plain numbers.")
    return UserError(f"{path} cannot be read ({reason}); it may be damaged or of another format than its name says.")


def chosen_tensor(path: Path, names: list[str], side: str, tensor: str | None, shape: Callable[[str], tuple]) -> str:
    """The name of the tensor that is meant."""
    if tensor is not None:
        if tensor not in names:
            raise UserError(f"{path} has no tensor {quoted(tensor)}; it has {listed(map(quoted, names), most=12)}.")
        return tensor
    matrices = [name for name in names if len(shape(name)) == 2]
    usual = next((name for name in _SIDES[side] if name in matrices), None)
    if usual:
        return usual
    close = [name for name in matrices if side in name.lower()]
    if len(close) == 1 or len(matrices) == 1:
        return (close or matrices)[0]
    raise UserError(
        f"{path} has several tensors ({listed([f'{name} {tuple(shape(name))}' for name in names], most=12)}); say "
        f"which are the {side} vectors with --{side}-tensor NAME."
    )


def _safetensors(path: Path, side: str, tensor: str | None) -> np.ndarray:
    import safetensors

    try:
        with safetensors.safe_open(path, framework="pt") as file:
            names = list(file.keys())
            name = chosen_tensor(path, names, side, tensor, lambda name: tuple(file.get_slice(name).get_shape()))
            return file.get_tensor(name).float().numpy()
    except safetensors.SafetensorError as error:
        raise _unreadable(path, error) from None


def _torch(path: Path, side: str, tensor: str | None) -> np.ndarray:
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # on damaged bytes torch raises whatever it meets: struct.error, IndexError, …
        raise UserError(
            f"{path} is not a file of plain tensors, and nothing else is loaded; save model.state_dict()."
        ) from None
    if isinstance(state, torch.Tensor):
        state = {"tensor": state}
    flat = _flat(state) if isinstance(state, dict) else {}
    if not flat:
        raise UserError(f"{path} holds no tensors by name; save model.state_dict().")
    name = chosen_tensor(path, list(flat), side, tensor, lambda name: tuple(flat[name].shape))
    return flat[name].detach().float().numpy()


def _flat(state: dict, before: str = "") -> dict:
    import torch

    found = {}
    for name, value in state.items():
        if isinstance(value, torch.Tensor):
            found[f"{before}{name}"] = value
        elif isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
    return found


def _table(path: Path, ending: str) -> pd.DataFrame:
    if ending == ".parquet":
        import pyarrow as pa

        try:
            return pd.read_parquet(path)
        except pa.ArrowException as error:
            raise ValueError(str(error)) from None
    return pd.read_csv(path, sep="\t" if ending.startswith(".tsv") else ",", dtype={0: str})


def _of_table(path: Path, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Ids in the first column; numbers in the others, or lists of numbers in one of them."""
    if table.shape[1] < 2 or not len(table):
        raise UserError(f"{path} needs a column of ids and, after it, the numbers of each vector.")
    ids = table.iloc[:, 0].map(str).to_numpy(object)
    if table.shape[1] == 2 and isinstance(table.iloc[0, 1], list | tuple | np.ndarray):
        lengths = {len(cell) for cell in table.iloc[:, 1]}
        if len(lengths) > 1:
            raise UserError(f"{path} has vectors of {len(lengths)} lengths; all must have the same.")
        return np.stack(table.iloc[:, 1].map(np.asarray)), ids
    numbers = table.iloc[:, 1:]
    worded = [name for name in numbers if not pd.api.types.is_numeric_dtype(numbers[name])]
    if worded:
        raise UserError(
            f"{path}: the column {quoted(worded[0])} is not of numbers; after the ids there must be only numbers."
        )
    return numbers.to_numpy(np.float32), ids


def _word2vec(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Text as word2vec writes it: perhaps a line `n d`, then `id x x x …`."""
    with path.open(encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip()]
    if lines and len(lines[0]) == 2 and len(lines) > 1 and len(lines[1]) > 3:
        lines = lines[1:]
    lengths = {len(line) for line in lines}
    if len(lengths) != 1 or lengths.pop() < 3:
        raise UserError(f"{path} is not in word2vec's text format: an id and equally many numbers on each line.")
    return np.asarray([line[1:] for line in lines], np.float32), np.asarray([line[0] for line in lines], object)


def _checked(path: Path, values: np.ndarray, side: str, dim: int | None) -> np.ndarray:
    """Finite float32 `[n, d]`."""
    if values.dtype.kind not in "fiu":
        raise UserError(f"{path} holds {values.dtype}, not numbers; save the vectors as float32.")
    if dim == 1:
        values = values.reshape(len(values), -1) if values.ndim else values
    if values.ndim != 2 or 0 in values.shape:
        raise UserError(f"{path} has the shape {tuple(values.shape)}; a row of numbers for each {side} is needed.")
    if dim == 1 and values.shape[1] != 1:
        raise UserError(f"{path} has {values.shape[1]:,} numbers for each {side}; a bias is one.")
    if 4 * values.size > MAX_BYTES:
        raise UserError(
            f"{path} has {bytes_text(4 * values.size)} of vectors; at most {bytes_text(MAX_BYTES)} a side can be held "
            "of this format. Save them as .npy, .safetensors or .parquet, which are read piece by piece."
        )
    if dim is None:
        _check_size(path, values.shape, side)
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(values, dtype=np.float32)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise UserError(
            f"{path}: {bad.sum():,} of {len(values):,} rows hold NaN or infinity (first: row {int(np.argmax(bad)):,}, "
            "counted from 0); leave these out, or correct them."
        )
    return values


def _check_size(path: Path, shape: tuple[int, int], side: str) -> None:
    if shape[1] < 2:
        raise UserError(f"{path} has one number for each {side}; a vector has at least two.")
    if shape[1] > MAX_DIM and shape[0] <= MAX_DIM:
        raise UserError(f"{path} has the shape {tuple(shape)}: it looks transposed. Rows must be {side}s.")
    if shape[1] > MAX_DIM:
        raise UserError(f"{path} has vectors of {shape[1]:,} numbers; at most {MAX_DIM:,} can be explained.")
