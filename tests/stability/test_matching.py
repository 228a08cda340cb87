"""Similarities and closest matches, held to plain loops and to numpy's correlation."""

import numpy as np

from explorer.stability.matching import closest, firing_as_often, similarities, unit, vectors


def test_products_of_activation_vectors_are_correlations(rng):
    a, b = np.maximum(rng.standard_normal((50, 4)), 0), np.maximum(rng.standard_normal((50, 3)), 0)
    expected = np.corrcoef(a.T, b.T)[:4, 4:]
    np.testing.assert_allclose(similarities(vectors(a), vectors(b)), expected, atol=1e-12)


def test_what_is_the_same_on_every_item_is_like_nothing(rng):
    a = np.hstack([np.zeros((20, 1)), np.ones((20, 1)), rng.random((20, 1))])
    assert similarities(vectors(a), vectors(a))[:2].tolist() == [[0, 0, 0]] * 2


def test_the_closest_is_the_largest_of_its_row_whatever_its_sign(rng):
    own, others = unit(rng.standard_normal((5, 3)), 1.0), unit(rng.standard_normal((7, 3)), 1.0)
    found = closest(similarities(own, np.vstack([others, -own])))
    for i, direction in enumerate(own):
        cosines = [direction @ other for other in [*others, *-own]]
        assert found.row[i] == int(np.argmax(cosines))
        np.testing.assert_allclose(found.similarity[i], np.max(cosines))
    assert closest(similarities(own, -own)).similarity.max() < 1  # the opposite is not a match


def test_a_random_direction_fires_on_as_many_items_as_it_is_told(rng):
    fires = np.array([0, 1, 5, 12])
    directions, x = rng.standard_normal((4, 6)), rng.standard_normal((40, 6))
    z = firing_as_often(directions, x, fires)
    assert (z > 0).sum(axis=0).tolist() == fires.tolist()
    assert z[:, 1].argmax() == (directions[1] @ x.T).argmax()
