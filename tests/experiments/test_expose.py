"""An item that is moved towards an audience, against scoring it for every user."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.experiments import Cohort, cohort_of, expose
from explorer.experiments.experiment import at_share
from explorer.experiments.expose import choose_for_item
from explorer.experiments.findings import experiment_sentences
from explorer.experiments.items import item_units
from explorer.measures import REACH, REACH_OTHERS, REACH_RANK
from tests.helpers import opaque, refused

ITEM, NEURON, TOP = 7, 3, 20


def ranks_by_hand(run, users, neuron: int, dose: float) -> np.ndarray:
    """The item's rank for each user who has not seen it, with the neuron raised to the dose."""
    model, sae = run.recommender, run.sae
    z = sae.encode(model.item_embeddings[ITEM : ITEM + 1], "item")
    to = max(dose * float(item_units(run)[neuron]), float(z[0, neuron]))
    items = model.item_embeddings.clone()
    items[ITEM] += sae.scale[1] * (to - z[0, neuron]) * sae.W_dec[neuron]
    scores = model.score(model.user_embeddings, items, torch.arange(model.n_users)).numpy()
    seen = run.dataset.seen.toarray() > 0
    return np.array([1 + (scores[u][~seen[u]] > scores[u, ITEM]).sum() for u in users if not seen[u, ITEM]])


@pytest.fixture
def audience(tiny_run) -> Cohort:
    return cohort_of(tiny_run, "all", 60, seed=1)


@pytest.mark.parametrize("dose", [0.5, 1.5])
def test_reach_and_rank_are_those_of_scoring_the_moved_item_for_everybody(tiny_run, audience, dose):
    found = expose(tiny_run, ITEM, NEURON, audience, [dose], top=TOP, baselines=False).table
    rows = found[found["arm"] == "neuron"].set_index("measure")["value"]
    ranks = ranks_by_hand(tiny_run, audience.users, NEURON, dose)
    others = ranks_by_hand(tiny_run, np.setdiff1d(np.arange(200), audience.users), NEURON, dose)
    assert rows[REACH] == pytest.approx((ranks <= TOP).mean(), abs=1e-9)
    assert rows[REACH_OTHERS] == pytest.approx((others <= TOP).mean(), abs=1e-9)
    assert rows[REACH_RANK] == pytest.approx(np.median(ranks))
    assert (found["users"] == len(ranks)).all()


def test_without_a_move_the_reach_is_that_of_the_recommender(tiny_run, audience):
    found = expose(tiny_run, ITEM, NEURON, audience, [0.0], top=TOP).table
    values = found.set_index(["arm", "measure"])["value"]
    ranks = ranks_by_hand(tiny_run, audience.users, NEURON, -1.0)
    for arm in ("own", "neuron"):
        assert values[arm, REACH] == pytest.approx((ranks <= TOP).mean(), abs=1e-9)


def test_an_audience_of_everybody_has_no_others_and_no_sentence_about_them(tiny_run):
    found = expose(tiny_run, ITEM, NEURON, cohort_of(tiny_run), [1.0], top=TOP)
    assert found.table.loc[found.table["measure"] == REACH_OTHERS, "value"].isna().all()
    sentences = experiment_sentences(tiny_run, found)
    assert len(sentences) == 1 and "other" not in sentences[0]


def test_other_ways_stand_beside_it_and_bands_hold_the_values(tiny_run, audience):
    found = expose(tiny_run, ITEM, NEURON, audience, top=TOP)
    assert {"own", "neuron", "random", "audience"} <= set(found.table["arm"])
    known = found.table.dropna()
    assert ((known["low"] <= known["value"] + 1e-9) & (known["value"] <= known["high"] + 1e-9)).all()
    assert set(found.equal["arm"]) <= {"centroid", "audience"} and (found.equal["measure"] == REACH_OTHERS).all()


def test_at_equal_reach_the_other_value_lies_on_the_other_ways_curve_in_the_order_of_its_doses(tiny_run, audience):
    found = expose(tiny_run, ITEM, NEURON, audience, [1.0, 2.0], top=TOP)
    rows = found.equal[found.equal["arm"] == "audience"]
    table = found.table[found.table["arm"].isin(["own", "audience"])].sort_values("dose", na_position="first")
    reach, others = (table[table["measure"] == name]["value"].to_numpy() for name in (REACH, REACH_OTHERS))
    assert len(reach) > 10 and len(rows) == 2
    for row in rows.itertuples():
        assert row.other == pytest.approx(at_share(reach, others, row.share), nan_ok=True)


def test_towards_the_audience_reaches_more_of_it_than_random_directions(tiny_run):
    audience = cohort_of(tiny_run, f"{tiny_run.dataset.genres[0]} >= 30%")
    found = expose(tiny_run, ITEM, NEURON, audience, [3.0], top=TOP).table
    reach = found[(found["measure"] == REACH) & (found["dose"] == 3.0)].groupby("arm")["value"].max()
    assert reach["audience"] >= reach["random"]


def test_the_chosen_neuron_reaches_most(tiny_run, audience):
    what = choose_for_item(tiny_run, ITEM, audience, top=TOP)
    reach = [(ranks_by_hand(tiny_run, audience.users, k, 1.0) <= TOP).mean() for k in range(32)]
    assert reach[what] == pytest.approx(max(reach))


def test_an_audience_that_has_had_the_item_is_refused(tiny_run):
    seen = np.flatnonzero(tiny_run.dataset.seen[:, [ITEM]].toarray()[:, 0])
    with refused("have had", "choose another"):
        expose(tiny_run, ITEM, NEURON, Cohort(seen, "fans", len(seen)))


def test_scores_that_are_not_dot_products_take_part(tiny_runs):
    run = opaque(tiny_runs("mf"))
    found = expose(run, ITEM, NEURON, cohort_of(run, "all", 20), [1.0], top=TOP)
    assert "audience" not in set(found.table["arm"]) and found.table["value"].notna().all()
