"""Tensors on the disk."""

import numpy as np
import pytest
import safetensors.torch
import torch

from explorer.errors import UserError
from explorer.storage import tensors
from explorer.storage.tensors import map_tensors, scratch, taken, write_tensors


def some() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "b": torch.randn(7, 3, generator=generator),
        "steps": torch.tensor(5),
        "a": torch.randn(4, generator=generator),
        "scorer": torch.arange(5, dtype=torch.uint8),
        "top_k": torch.tensor([1, 2]),
        "none": torch.zeros(0, 3),
    }


def test_a_file_is_that_of_safetensors_byte_for_byte_whatever_the_size_of_a_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(tensors, "BLOCK_BYTES", 5)
    write_tensors(tmp_path / "file", some())
    assert (tmp_path / "file").read_bytes() == safetensors.torch.save(some())


def test_a_mapped_file_holds_the_same_and_is_not_changed_by_what_is_written_to_its_tensors(tmp_path):
    write_tensors(tmp_path / "file", some())
    before = (tmp_path / "file").read_bytes()
    mapped = map_tensors(tmp_path / "file")
    assert mapped.keys() == some().keys()
    assert all(
        torch.equal(mapped[name], values) and mapped[name].dtype == values.dtype for name, values in some().items()
    )
    mapped["b"] += 1
    assert (tmp_path / "file").read_bytes() == before


def test_a_large_scratch_matrix_is_on_the_disk_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tensors, "MAPPED_FROM", 40)
    monkeypatch.setenv("EXPLORER_SCRATCH", str(tmp_path))
    large = scratch(5, 2)
    large[:] = np.arange(10).reshape(5, 2)
    assert isinstance(large, np.memmap) and list(tmp_path.iterdir()) == []
    assert not isinstance(scratch(4, 2), np.memmap)
    rows = np.array([4, 0, 0, 3, 1])
    assert np.array_equal(taken(large, rows), np.arange(10).reshape(5, 2)[rows])
    assert taken(large, np.arange(5)) is large


def test_a_full_disk_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_SCRATCH", str(tmp_path))
    with pytest.raises(UserError, match=r"has no room for .* of vectors"):
        scratch(2**40, 64)
