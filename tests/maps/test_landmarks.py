"""Maps of very many points: a sample is laid out, and the others are placed among it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.maps import landmarks as module
from explorer.maps.agreement import neighbour_purity
from explorer.maps.landmarks import choose_landmarks, place
from explorer.maps.projection import umap_map
from tests.maps.conftest import planted


def test_few_points_are_all_laid_out_and_of_many_a_sample_by_the_seed(monkeypatch):
    monkeypatch.setattr(module, "LANDMARKS_FROM", 100)
    monkeypatch.setattr(module, "LANDMARKS", 30)
    assert choose_landmarks(100, 0).tolist() == list(range(100))
    first, again, other = choose_landmarks(101, 0), choose_landmarks(101, 0), choose_landmarks(101, 1)
    assert len(first) == 30 and (np.diff(first) > 0).all()
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_landmarks_keep_their_places_and_the_others_lie_among_those_of_their_group():
    vectors, group = planted(groups=6, each=40)
    rng = np.random.default_rng(0)
    landmarks = np.flatnonzero(np.arange(240) % 2)
    xy = np.column_stack([10.0 * group[landmarks], rng.normal(size=120)])
    placed = place(vectors.x, landmarks, xy)
    assert np.array_equal(placed[landmarks], xy)
    assert (np.abs(placed[:, 0] - 10 * group) < 5).mean() > 0.95


def test_equal_points_are_placed_at_the_mean_of_equal_landmarks():
    x = np.tile(np.array([[1.0, 0.0]], np.float32), (12, 1))
    placed = place(x, np.arange(4), np.array([[0.0, 0], [2, 0], [0, 2], [2, 2]]))
    assert np.allclose(placed[4:], 1.0)


@pytest.mark.slow
def test_groups_stay_together_and_the_map_says_how_many_were_placed(monkeypatch):
    monkeypatch.setattr(module, "LANDMARKS_FROM", 300)
    monkeypatch.setattr(module, "LANDMARKS", 200)
    vectors, group = planted(groups=10, each=60)
    made = umap_map(vectors)
    xy = made.table[["x", "y"]].to_numpy(float)
    placed = np.ones(600, bool)
    placed[choose_landmarks(600, 0)] = False
    assert neighbour_purity(xy[placed], group[placed]).ratio > 8  # of at most 10
    assert "200 are laid out, and 400 placed among the nearest of these" in made.describe()
    again = umap_map(vectors)
    assert again.table["x"].equals(made.table["x"])
