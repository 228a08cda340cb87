"""The popularity baseline is that of the lists it stands for."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from explorer.recommenders.most_popular import most_popular_ndcg
from explorer.recommenders.top_n import accuracy, top_items


def test_it_is_the_accuracy_of_lists_of_the_most_popular_unseen_items(little_dataset):
    import torch

    data, n = little_dataset, 20
    popularity = data.items["popularity"].to_numpy()
    scores = torch.from_numpy(np.tile(popularity + np.linspace(0.5, 0, len(popularity)), (data.n_users, 1)))
    lists = top_items(scores.float(), data.seen, n)  # of equally popular ones the first
    expected = accuracy(lists, data.test, n)["ndcg@20"]
    assert 0 < expected < 1
    assert most_popular_ndcg(popularity, data.seen, data.test, n) == pytest.approx(expected)


def test_without_held_out_positives_there_is_none():
    empty = csr_array((2, 3), dtype=np.float32)
    assert np.isnan(most_popular_ndcg(np.array([3, 2, 1]), empty, empty, 20))
