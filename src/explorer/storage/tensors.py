"""Matrices that need not fit in memory: safetensors files mapped into memory or written piece by piece, and scratch
matrices that live in a file without a name."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.errors import UserError
from explorer.text import bytes_text

SCRATCH = "EXPLORER_SCRATCH"
"""Names the folder of scratch files; without it, the system's."""
MAPPED_FROM = 128 * 2**20
"""Bytes from which on a file of tensors, or a matrix of vectors, is left on the disk and mapped into memory; the system
then brings in what is read and drops it again. Below, a copy in memory is simpler, and nothing can change it."""
BLOCK_BYTES = 16 * 2**20
"""Of a large matrix that are worked on at once."""
_TYPES = {"U8": torch.uint8, "F32": torch.float32, "I64": torch.int64}
"""Types in the order in which safetensors sorts tensors, from the last to the first."""
_NAMES = {dtype: name for name, dtype in _TYPES.items()}


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a safetensors file, byte for byte as `safetensors.torch.save_file`, but piece by piece, so that tensors
    which are mapped from the disk need not fit in memory. Raises `OSError`."""
    rank = list(_TYPES)
    order = sorted(tensors, key=lambda name: (-rank.index(_NAMES[tensors[name].dtype]), name))
    header, at = {}, 0
    for name in order:
        values = tensors[name]
        end = at + values.numel() * values.element_size()
        header[name] = {"dtype": _NAMES[values.dtype], "shape": list(values.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            content = memoryview(tensors[name].detach().contiguous().numpy().reshape(-1).view(np.uint8))
            for start in range(0, len(content), BLOCK_BYTES):
                file.write(content[start : start + BLOCK_BYTES])


def map_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file whose header has been checked (`safetensors.safe_open` does), mapped into
    memory: nothing is read before it is asked for. What is written to them stays in memory."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            np.memmap(
                path,
                torch.empty(0, dtype=_TYPES[about["dtype"]]).numpy().dtype,
                "c",
                8 + length + about["data_offsets"][0],
                tuple(about["shape"]),
            )
        )
        for name, about in header.items()
        if about["data_offsets"][1] > about["data_offsets"][0]
    } | {
        name: torch.empty(about["shape"], dtype=_TYPES[about["dtype"]])
        for name, about in header.items()
        if about["data_offsets"][1] == about["data_offsets"][0]
    }


def scratch(rows: int, dim: int) -> np.ndarray:
    """A float32 matrix of zeros `[rows, dim]`: in memory, or from `MAPPED_FROM` on in a file of the scratch folder
    (`EXPLORER_SCRATCH`), which is gone with the process. Raises `UserError` where the disk has no room."""
    size = 4 * rows * dim
    if size < MAPPED_FROM:
        return np.zeros((rows, dim), np.float32)
    folder = Path(os.environ.get(SCRATCH) or tempfile.gettempdir())
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                # Else a full disk would end the process when a page of the file is first written to.
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, np.float32, "r+", shape=(rows, dim))
    except OSError as error:
        raise UserError(
            f"The scratch folder {folder} has no room for {bytes_text(size)} of vectors ({error.strerror or error}); "
            f"make room, or let {SCRATCH} name a folder on a larger disk."
        ) from None


def row_blocks(rows: int, row_bytes: int) -> Iterator[slice]:
    """Parts of a matrix of so many rows, each of about `BLOCK_BYTES`."""
    step = max(1, BLOCK_BYTES // max(row_bytes, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def taken(matrix: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`matrix[rows]`, of a matrix on the disk into another one there; itself if these are all rows in their order."""
    if not isinstance(matrix, np.memmap):
        return matrix[rows]
    if len(rows) == len(matrix) and (rows == np.arange(len(rows))).all():
        return matrix
    result = scratch(len(rows), matrix.shape[1])
    for part in row_blocks(len(rows), 4 * matrix.shape[1]):
        result[part] = matrix[rows[part]]
    return result
