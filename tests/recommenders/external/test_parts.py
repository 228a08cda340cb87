"""Vectors in parts are read piece by piece, and what is wrong with a part is said with its name."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.numpy

from explorer.errors import UserError
from explorer.recommenders.external import parts, read_vectors
from explorer.storage import tensors

ROWS = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32)
CUTS = (slice(0, 4), slice(4, 5), slice(5, 10))


@pytest.fixture(autouse=True)
def pieces_of_two_rows(monkeypatch):
    monkeypatch.setattr(tensors, "BLOCK_BYTES", 32)
    monkeypatch.setattr(tensors, "MAPPED_FROM", 64)
    parts._read.cache_clear()


def table(rows: slice, lists: bool) -> pa.Table:
    ids = [f"i{row}" for row in range(10)[rows]]
    if lists:
        return pa.table({"id": ids, "vector": list(ROWS[rows])})
    return pa.table({"id": ids, **{f"x{i}": ROWS[rows, i] for i in range(4)}})


def write(folder, ending: str) -> None:
    folder.mkdir()
    for number, rows in enumerate(CUTS):
        path = folder / f"part-{number:05}{ending.replace('+', '')}"
        if ending == ".npy":
            np.save(path, ROWS[rows])
        elif ending == ".safetensors":
            about = {"first_row": str(rows.start)}
            safetensors.numpy.save_file({"vectors": ROWS[rows].astype(np.float32)}, path, about)
        elif ending == ".arrow":
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table(rows, True).schema) as file:
                file.write_table(table(rows, True))
        else:
            pq.write_table(table(rows, ending == "+.parquet"), path)


@pytest.mark.parametrize("ending", [".npy", ".safetensors", ".arrow", ".parquet", "+.parquet"])
def test_parts_of_every_kind_are_rows_one_after_the_other(tmp_path, ending):
    write(tmp_path / "vectors", ending)
    (tmp_path / "vectors" / "_SUCCESS").touch()  # as Spark leaves it
    found = read_vectors(tmp_path / "vectors", "item")
    assert isinstance(found.matrix, np.memmap) and np.array_equal(found.matrix, ROWS)
    if ending.endswith(("npy", "tensors")):
        assert found.ids is None
    else:
        assert found.ids.tolist() == [f"i{row}" for row in range(10)]


def test_one_large_file_is_read_piece_by_piece_too(tmp_path):
    np.save(tmp_path / "items.npy", ROWS.astype(np.float16))
    found = read_vectors(tmp_path / "items.npy", "item", offset=1)
    assert np.array_equal(found.matrix, ROWS.astype(np.float16).astype(np.float32)[1:])


def spoil_missing(folder):
    (folder / "part-00001.npy").unlink()


def spoil_cut(folder):
    path = folder / "part-00002.npy"
    path.write_bytes(path.read_bytes()[:-8])


def spoil_dimension(folder):
    np.save(folder / "part-00001.npy", ROWS[4:5, :3])


def spoil_number(folder):
    np.save(folder / "part-00002.npy", np.where(np.arange(20).reshape(5, 4) == 9, np.nan, ROWS[5:]))


def spoil_kind(folder):
    (folder / "part-00003.parquet").touch()


def spoil_twice(folder):
    np.save(folder / "part-1.npy", ROWS[4:5])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_missing, "lacks part 1 of 0 to 2"),
        (spoil_cut, "cannot be read"),
        (spoil_dimension, r"part-00001.npy has vectors of 3 numbers, but part-00000.npy has 4"),
        (spoil_number, r"part-00002.npy: row 2 \(counted from 0\) holds NaN"),
        (spoil_kind, r"parts that end in \.npy, \.parquet"),
        (spoil_twice, "two files of part 1"),
    ],
)
def test_a_bad_part_is_named(tmp_path, spoil, sentence):
    write(tmp_path / "vectors", ".npy")
    spoil(tmp_path / "vectors")
    with pytest.raises(UserError, match=sentence):
        read_vectors(tmp_path / "vectors", "item")


def test_parts_out_of_order_and_announced_parts_that_are_missing_are_said(tmp_path):
    write(tmp_path / "vectors", ".safetensors")
    first, second = (tmp_path / "vectors" / f"part-0000{number}.safetensors" for number in (0, 1))
    swapped = first.read_bytes(), second.read_bytes()
    second.write_bytes(swapped[0])
    first.write_bytes(swapped[1])
    with pytest.raises(UserError, match="says that it begins with row 4, but 0 rows come before it"):
        read_vectors(tmp_path / "vectors", "item")
    write(tmp_path / "more", ".npy")
    (tmp_path / "more" / "part-00002.npy").rename(tmp_path / "more" / "part-00002-of-00005.npy")
    with pytest.raises(UserError, match="lacks part 3 of 0 to 4 and 1 more"):
        read_vectors(tmp_path / "more", "item")


def test_a_folder_without_parts_says_what_they_are_called(tmp_path):
    with pytest.raises(UserError, match="has no parts of user vectors; they are called part-00000"):
        read_vectors(tmp_path, "user")
