"""The activations of many rows, of which only those above zero are held: a sparse code has few.

Shapes: N rows, n neurons, E activations above zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from torch import Tensor


@dataclass(frozen=True, eq=False)
class SparseCodes:
    """Activations ≥ 0 of N rows by n neurons, row after row."""

    begin: np.ndarray
    """Where each row begins among the activations, int64 `[N + 1]`."""
    neuron: np.ndarray
    """Whose they are, ascending within a row, int32 `[E]`."""
    value: np.ndarray
    """float32 `[E]`, above zero."""
    n: int

    @classmethod
    def of(cls, activations: SparseCodes | np.ndarray | Tensor) -> SparseCodes:
        """Of a dense matrix `[N, n]`; itself if it is one of these."""
        return (
            activations if isinstance(activations, SparseCodes) else cls.of_blocks([activations], activations.shape[1])
        )

    @classmethod
    def of_blocks(cls, blocks: Iterable[np.ndarray | Tensor], n: int) -> SparseCodes:
        """Of dense blocks of rows `[·, n]`, one after the other, of which no more than one need be in memory."""
        counts, neurons, values = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], []
        for block in blocks:
            block = np.asarray(block)
            fires = block > 0
            counts.append(np.count_nonzero(fires, axis=1))
            neurons.append(np.nonzero(fires)[1].astype(np.int32))
            values.append(block[fires])
        value = np.concatenate(values) if values else np.zeros(0, np.float32)
        return cls(np.cumsum(np.concatenate(counts)), np.concatenate(neurons), value, n)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.begin) - 1, self.n

    def __len__(self) -> int:
        return len(self.begin) - 1

    @property
    def row(self) -> np.ndarray:
        """Of each activation its row, int32 `[E]`."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.begin))

    @property
    def matrix(self) -> csr_array:
        """As scipy has it, `[N, n]`."""
        return csr_array((self.value, self.neuron, self.begin), shape=self.shape)

    @cached_property
    def by_neuron(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same neuron after neuron: where each begins `[n + 1]`, the rows, ascending, int32 `[E]`, and the values
        `[E]`."""
        turned = self.matrix.tocsc()
        return turned.indptr.astype(np.int64), turned.indices.astype(np.int32, copy=False), turned.data

    @property
    def active(self) -> np.ndarray:
        """How many neurons fire on each row, `[N]`."""
        return np.diff(self.begin)

    @cached_property
    def firing(self) -> np.ndarray:
        """On how many rows each neuron fires, `[n]`."""
        return np.bincount(self.neuron, minlength=self.n)

    @cached_property
    def most(self) -> np.ndarray:
        """Each neuron's largest activation, 0 if it never fires, `[n]`."""
        most = np.zeros(self.n, self.value.dtype)
        np.maximum.at(most, self.neuron, self.value)
        return most

    def dense(self, rows: np.ndarray | slice | None = None) -> np.ndarray:
        """All rows, or some, `[·, n]`."""
        return (self.matrix if rows is None else self.matrix[rows]).toarray()

    def column(self, neuron: int) -> np.ndarray:
        """One neuron's activations on all rows, `[N]`."""
        begin, row, value = self.by_neuron
        mine = slice(begin[neuron], begin[neuron + 1])
        found = np.zeros(len(self), value.dtype)
        found[row[mine]] = value[mine]
        return found

    def only(self, used: np.ndarray) -> SparseCodes:
        """Only some neurons, bool `[n]`, numbered anew."""
        kept = used[self.neuron]
        begin = np.concatenate([[0], np.cumsum(kept)])[self.begin]
        number = np.cumsum(used, dtype=np.int32) - 1
        return SparseCodes(begin, number[self.neuron[kept]], self.value[kept], int(used.sum()))
