"""The levels beside other bases at equal sparsity, against the measures of the run itself."""

from __future__ import annotations

import pytest

from explorer.fidelity import Lists, measure_level_baselines
from explorer.fidelity.level_baselines import COMPARED, DRAWN


def test_every_level_stands_beside_every_basis_and_is_the_level_of_the_runs_metrics(tiny_variants):
    run = tiny_variants("nested")
    found, levels = run.metrics.level_baselines, run.metrics.levels
    assert [level.width for level in found] == list(run.sae.levels) == [level.width for level in levels]
    for level, measured in zip(found, levels, strict=True):
        assert set(level.rows) == {"neurons", *COMPARED}
        assert (level.rows["neurons"].rbo, level.rows["neurons"].ndcg) == pytest.approx((measured.rbo, measured.ndcg))
        assert level.recommender == pytest.approx(run.metrics.recommender.ndcg)
        for name, row in level.rows.items():
            assert row.low.rbo <= row.rbo <= row.high.rbo and row.low.ndcg <= row.ndcg <= row.high.ndcg
            assert name in DRAWN or row.low == row.high
    assert found[0].active_users < run.sae.levels[0]


def test_the_last_level_has_the_baselines_of_the_whole_dictionary(tiny_variants):
    metrics = tiny_variants("nested").metrics
    for name, row in metrics.level_baselines[-1].rows.items():
        whole = getattr(metrics.baselines, name)
        assert (row.rbo, row.ndcg) == pytest.approx((whole.rbo, whole.ndcg)), name


def test_a_dictionary_of_one_level_has_none(tiny_runs):
    run = tiny_runs("als")
    assert run.metrics.level_baselines == []
    assert measure_level_baselines(run.sae, run.reconstruction, Lists.of(run.dataset, run.recommender), 0) == []
