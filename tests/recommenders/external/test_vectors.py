"""Vectors are read from every format, and what is wrong with a file is said before anything is trained."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from explorer.errors import UserError
from explorer.recommenders.external import ENDINGS, read_ids, read_vectors, vectors

N, D = 6, 3
MATRIX = np.arange(N * D, dtype=np.float32).reshape(N, D) / 7
IDS = [f"i{n}" for n in range(N)]


def _table() -> pd.DataFrame:
    table = pd.DataFrame(MATRIX, columns=[f"x{n}" for n in range(D)])
    table.insert(0, "id", IDS)
    return table


def _word2vec(path, header=True):
    lines = [f"{name} {' '.join(map(str, row))}" for name, row in zip(IDS, MATRIX.tolist(), strict=True)]
    path.write_text("\n".join([f"{N} {D}"] * header + lines) + "\n")


WRITERS = {
    ".npy": lambda path: np.save(path, MATRIX),
    ".npz": lambda path: np.savez(path, user_factors=MATRIX + 1, item_factors=MATRIX),
    ".safetensors": lambda path: save_file({"item_embeddings": MATRIX, "user_embeddings": MATRIX + 1}, path),
    ".csv": lambda path: _table().to_csv(path, index=False),
    ".tsv": lambda path: _table().to_csv(path, index=False, sep="\t"),
    ".csv.gz": lambda path: _table().to_csv(path, index=False),
    ".tsv.gz": lambda path: _table().to_csv(path, index=False, sep="\t"),
    ".parquet": lambda path: _table().to_parquet(path),
    ".txt": _word2vec,
    ".vec": _word2vec,
    ".w2v": lambda path: _word2vec(path, header=False),
    **{
        ending: lambda path: torch.save({"net": {"item.weight": torch.tensor(MATRIX), "bias": torch.ones(4)}}, path)
        for ending in (".pt", ".pth", ".bin", ".ckpt")
    },
}  # fmt: skip


def test_every_ending_has_a_writer_here():
    assert set(WRITERS) == set(ENDINGS)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_vectors_come_from_every_format(ending, tmp_path):
    path = tmp_path / f"vectors{ending}"
    WRITERS[ending](path)
    found = read_vectors(path, "item")
    assert found.matrix.dtype == np.float32
    assert np.allclose(found.matrix, MATRIX, atol=1e-6)
    assert found.ids is None or found.ids.tolist() == IDS


def test_a_parquet_with_a_column_of_lists_holds_vectors(tmp_path):
    pd.DataFrame({"id": IDS, "vector": MATRIX.tolist()}).to_parquet(tmp_path / "v.parquet")
    assert np.allclose(read_vectors(tmp_path / "v.parquet", "item").matrix, MATRIX)


def test_half_precision_and_whole_numbers_become_float32(tmp_path):
    for kind in ("float16", "float64", "int8"):
        np.save(tmp_path / f"{kind}.npy", MATRIX.astype(kind))
        assert read_vectors(tmp_path / f"{kind}.npy", "item").matrix.dtype == np.float32


def test_padding_rows_and_ids_of_a_file_of_their_own(tmp_path):
    np.save(tmp_path / "v.npy", np.vstack([np.zeros((1, D)), MATRIX]))
    (tmp_path / "ids.txt").write_text("\n".join(IDS))
    found = read_vectors(tmp_path / "v.npy", "item", ids=tmp_path / "ids.txt", offset=1)
    assert found.ids.tolist() == IDS
    assert np.allclose(found.matrix, MATRIX)


@pytest.mark.parametrize("write", ["npy", "csv", "txt"])
def test_ids_are_read_as_text(write, tmp_path):
    path = tmp_path / f"ids.{write}"
    {
        "npy": lambda: np.save(path, np.array([7, 8])),
        "csv": lambda: path.write_text("id,x\n7,1\n8,2\n"),
        "txt": lambda: path.write_text("7\n8\n"),
    }[write]()
    assert read_ids(path).tolist() == ["7", "8"]


def _bad(change):
    matrix = MATRIX.copy()
    change(matrix)
    return matrix


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (_bad(lambda m: m.__setitem__((2, 1), np.nan)), r"1 of 6 rows hold NaN or infinity \(first: row 2"),
        (_bad(lambda m: m.__setitem__((0, 0), np.inf)), "NaN or infinity"),
        (MATRIX[0], "a row of numbers for each item is needed"),
        (MATRIX[:0], "a row of numbers for each item is needed"),
        (MATRIX[:, :1], "one number for each item"),
        (np.ones((3, 2049), np.float32), "looks transposed"),
        (np.array([["a", "b"]]), "not numbers"),
        (np.array([[object()]], dtype=object), "holds Python objects, which are never loaded"),
    ],
)
def test_an_array_that_is_no_matrix_of_finite_numbers_is_refused(array, said, tmp_path):
    np.save(tmp_path / "v.npy", array, allow_pickle=True)
    with pytest.raises(UserError, match=said):
        read_vectors(tmp_path / "v.npy", "item")


def test_vectors_too_large_for_a_format_that_is_read_whole_are_refused(tmp_path, monkeypatch):
    np.savez(tmp_path / "v.npz", items=MATRIX)
    monkeypatch.setattr(vectors, "MAX_BYTES", 4 * MATRIX.size - 1)
    with pytest.raises(UserError, match=r"of vectors; at most .* of this format\. Save them as \.npy"):
        read_vectors(tmp_path / "v.npz", "item")


def test_several_tensors_have_to_be_chosen_from(tmp_path):
    save_file({"a": MATRIX, "b": MATRIX}, tmp_path / "v.safetensors")
    with pytest.raises(UserError, match="--item-tensor NAME"):
        read_vectors(tmp_path / "v.safetensors", "item")
    assert read_vectors(tmp_path / "v.safetensors", "item", tensor="b").matrix.shape == (N, D)
    with pytest.raises(UserError, match="has no tensor 'c'; it has 'a'"):
        read_vectors(tmp_path / "v.safetensors", "item", tensor="c")


class _Evil:
    def __reduce__(self):
        return (print, ("executed",))


def test_a_pickle_is_never_executed(tmp_path, capsys):
    torch.save({"item.weight": _Evil()}, tmp_path / "v.pt")
    with pytest.raises(UserError, match="nothing else is loaded"):
        read_vectors(tmp_path / "v.pt", "item")
    assert "executed" not in capsys.readouterr().out


def test_an_id_that_comes_twice_is_named(tmp_path):
    table = _table()
    table.loc[1, "id"] = "i0"
    table.to_csv(tmp_path / "v.csv", index=False)
    with pytest.raises(UserError, match="the id 'i0' twice"):
        read_vectors(tmp_path / "v.csv", "item")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200), ending=st.sampled_from(ENDINGS))
def test_any_bytes_are_a_sentence(content, ending, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / f"v{ending}"
    path.write_bytes(content)
    try:
        read_vectors(path, "item")
    except UserError as error:
        assert str(error).endswith(".")
