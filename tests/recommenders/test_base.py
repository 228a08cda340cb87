"""What every recommender can do once it is trained."""

from __future__ import annotations

import pytest
import torch

from explorer.recommenders import DotProductRecommender, NeuralRecommender, Recommender
from tests.helpers import Opaque

USERS, ITEMS = torch.tensor([4, 0, 2]), torch.tensor([6, 1])


def randn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def dot_product() -> DotProductRecommender:
    return DotProductRecommender.from_arrays(randn(5, 3), randn(7, 3), randn(5), randn(7))


def neural() -> NeuralRecommender:
    return NeuralRecommender.from_arrays(randn(5, 3), randn(7, 3), [randn(4, 6), randn(1, 4)], [randn(4), randn(1)])


@pytest.mark.parametrize("whole", [dot_product(), neural(), Opaque(dot_product())], ids=["dot", "neural", "opaque"])
def test_some_users_and_items_keep_their_embeddings_and_scores(whole: Recommender):
    part = whole.subset(USERS, ITEMS)
    assert (part.n_users, part.n_items, part.dim, part.dot_product) == (3, 2, 3, whole.dot_product)
    assert torch.equal(part.user_embeddings, whole.user_embeddings[USERS])
    assert torch.equal(part.item_embeddings, whole.item_embeddings[ITEMS])

    def scores(model: Recommender, users, items):
        return model.score(model.user_embeddings[users], model.item_embeddings[items], users, items)

    rows, columns = torch.tensor([2, 0]), torch.tensor([1])
    torch.testing.assert_close(scores(part, rows, columns), scores(whole, USERS[rows], ITEMS[columns]))
    every = part.score(part.user_embeddings, part.item_embeddings, torch.arange(3))
    torch.testing.assert_close(every, scores(whole, USERS, ITEMS))


def test_gradients_flow_to_the_embeddings_that_a_part_is_given():
    part = neural().subset(USERS, ITEMS)
    u = part.user_embeddings.clone().requires_grad_()
    part.score(u, part.item_embeddings, torch.arange(3)).sum().backward()
    assert u.grad.abs().sum() > 0
