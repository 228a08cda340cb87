"""A trained LensKit pipeline comes in with the scores that it has."""

import numpy as np
import pandas as pd
import pytest
import torch
from lenskit.als import BiasedMFScorer, ImplicitMFScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.flexmf import FlexMFExplicitScorer
from lenskit.flexmf._model import FlexMFModel
from lenskit.funksvd import FunkSVDScorer
from lenskit.knn import ItemKNNScorer
from lenskit.pipeline import topn_pipeline
from lenskit.sklearn.svd import BiasedSVDScorer
from lenskit.training import TrainingOptions

from explorer.errors import UserError
from explorer.recommenders.external.lenskit import factors_of

SCORERS = {
    "ALS": lambda: ImplicitMFScorer(embedding_size=4, epochs=2, user_embeddings="prefer"),
    "biased MF": lambda: BiasedMFScorer(embedding_size=4, epochs=2, user_embeddings="prefer"),
    "FunkSVD": lambda: FunkSVDScorer(embedding_size=4, epochs=2),
    "SVD": lambda: BiasedSVDScorer(embedding_size=4),
}


@pytest.fixture(scope="module")
def ratings():
    rng = np.random.default_rng(0)
    cells = rng.choice(30 * 20, 200, replace=False)
    table = pd.DataFrame({"user_id": cells // 20 + 100, "item_id": [f"i{cell % 20}" for cell in cells]})
    return from_interactions_df(table.assign(rating=rng.integers(1, 6, 200).astype(float)))


@pytest.mark.parametrize("name", SCORERS)
def test_scores_are_ordered_as_the_scorer_orders_them(name, ratings):
    scorer = SCORERS[name]()
    pipeline = topn_pipeline(scorer)
    pipeline.train(ratings, TrainingOptions(rng=1))
    assert_same_scores(scorer, factors_of(pipeline))


@pytest.mark.parametrize("layers", [0, 2])
def test_flexmf_and_its_light_graph_network_too(layers, ratings):
    """Not trained, which would take its library many seconds to begin."""
    scorer = FlexMFExplicitScorer(embedding_size=4)
    scorer.users, scorer.items, scorer.global_bias = ratings.users, ratings.items, 3.5
    generator = torch.Generator().manual_seed(0)
    scorer.model = FlexMFModel(4, len(ratings.users), len(ratings.items), generator, True, True, 0.5, layers=layers)
    if layers:
        scorer.model.u_layers, scorer.model.i_layers = (
            torch.randn(1 + layers, len(ids), 4, generator=generator) for ids in (ratings.users, ratings.items)
        )
    assert_same_scores(scorer, factors_of(scorer))


def assert_same_scores(scorer, found):
    """But for what shifts all scores of a user alike, and with them no list."""
    user, item = list(found.user_ids), list(found.item_ids)
    scores = found.users @ found.items.T
    scores = scores + (0 if found.item_bias is None else found.item_bias)
    scores = scores + (0 if found.user_bias is None else found.user_bias[:, None])
    for who in (user[0], user[17]):
        theirs = scorer(RecQuery(user_id=who), ItemList(item_ids=item)).scores()
        ours = scores[user.index(who)]
        assert np.allclose(ours - ours.mean(), theirs - theirs.mean(), atol=1e-4)


def test_a_scorer_without_embeddings_is_refused_by_its_name(ratings):
    pipeline = topn_pipeline(ItemKNNScorer(feedback="implicit"))
    pipeline.train(ratings)
    with pytest.raises(UserError, match=r"no trained scorer with embeddings \(it has .*ItemKNNScorer"):
        factors_of(pipeline)
