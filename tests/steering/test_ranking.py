"""The order of lists, against sorting everything."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.steering.ranking import best_rows, ranks_of


def sorted_rows(scores: np.ndarray, seen: np.ndarray) -> list[int]:
    unseen = set(range(len(scores))) - set(seen.tolist())
    return sorted(unseen, key=lambda row: (-scores[row], row))


@pytest.mark.parametrize("n", [1, 5, 20, 1000])
@pytest.mark.parametrize("ties", [2, 7, 10_000])
def test_the_best_rows_and_their_ranks_are_those_of_sorting_everything(rng, n, ties):
    for _ in range(20):
        scores = rng.integers(ties, size=60).astype(float)
        seen = np.flatnonzero(rng.random(60) < 0.3)
        expected = sorted_rows(scores, seen)
        assert best_rows(scores, seen, n).tolist() == expected[:n]
        some = rng.permutation(expected)[:9]
        assert ranks_of(scores, seen, some).tolist() == [1 + expected.index(row) for row in some]


def test_of_a_catalogue_that_was_seen_whole_nothing_is_left():
    scores, all_seen = np.arange(4.0), np.arange(4)
    assert best_rows(scores, all_seen, 20).tolist() == []
    assert ranks_of(scores, all_seen, np.empty(0, np.int64)).tolist() == []
