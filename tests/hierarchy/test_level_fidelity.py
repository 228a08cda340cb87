"""Levels beside baselines: the table has the numbers of the run, and the sentences say no more than these."""

from __future__ import annotations

import pytest

from explorer.hierarchy.level_fidelity import NOT_MEASURED, fidelity_sentences, fidelity_table, own_ndcg
from explorer.measures import NDCG, RBO
from explorer.runs import Run


@pytest.fixture
def run(tiny_variants) -> Run:
    return tiny_variants("nested")


def with_rbo(run: Run, level: int, **values: float):
    """The metrics with other agreements of some rows of a level."""
    levels = [*run.metrics.level_baselines]
    rows = dict(levels[level].rows)
    for name, value in values.items():
        rows[name] = rows[name].model_copy(update={"rbo": value})
    for name in rows.keys() - values.keys() - {"neurons"}:
        rows[name] = rows[name].model_copy(update={"rbo": 0.0})
    levels[level] = levels[level].model_copy(update={"rows": rows})
    return run.metrics.model_copy(update={"level_baselines": levels})


def test_the_table_has_the_lists_of_every_level_and_basis(run):
    table = fidelity_table(run.metrics)
    own = table[table["what"] == "neurons"]
    assert own["width"].tolist() == list(run.sae.levels) and own["level"].tolist() == [1, 2]
    assert own[RBO].tolist() == pytest.approx([level.rbo for level in run.metrics.levels])
    assert len(table) == 12 and table[[RBO, NDCG, "active_users", "active_items"]].notna().all(axis=None)
    assert (table[f"{RBO} low"] <= table[RBO]).all() and (table[RBO] <= table[f"{RBO} high"]).all()
    assert own_ndcg(run.metrics) == pytest.approx(run.metrics.recommender.ndcg)


@pytest.mark.parametrize(
    ("pca", "verdict", "values"),
    [
        (0.4, "the neurons are above every baseline", "0.40 beside 0.50"),
        (0.497, "a baseline reaches as much as the neurons", "0.50 beside 0.50"),
        (0.6, "a baseline reaches as much as the neurons", "0.60 beside 0.50"),
    ],
)
def test_a_baseline_that_reaches_the_same_is_said(run, pca, verdict, values):
    said = fidelity_sentences(with_rbo(run, 0, neurons=0.5, pca=pca), run.sae.levels[0])
    assert f"RBO@30: {verdict} at level 1: Principal components {values}." in said


def test_several_levels_share_a_sentence(run):
    metrics = with_rbo(run, 0, neurons=0.5, pca=0.4)
    both = with_rbo(run, 1, neurons=0.7, pca=0.6)
    levels = [metrics.level_baselines[0], both.level_baselines[1]]
    said = fidelity_sentences(run.metrics.model_copy(update={"level_baselines": levels}))
    assert (
        "RBO@30: the neurons are above every baseline at every level; at level 2 Principal components 0.60 beside 0.70."
        in said
    )


def test_a_run_from_before_has_its_curve_and_says_how_to_add_the_baselines(run):
    old = run.metrics.model_copy(update={"level_baselines": None})
    table = fidelity_table(old)
    assert table["what"].tolist() == ["neurons"] * 2 and table[RBO].notna().all()
    assert fidelity_sentences(old)[-1] == NOT_MEASURED
    assert fidelity_sentences(run.metrics, run.sae.levels[0])[0].startswith("NDCG@20 of level 1 is")


def test_a_dictionary_of_one_level_has_one_row(tiny_runs):
    assert len(fidelity_table(tiny_runs("als").metrics)) == 1
