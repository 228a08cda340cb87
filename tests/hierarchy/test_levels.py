"""Measures of levels, against numbers worked out by hand and by scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from explorer.hierarchy import Codes, level_table, measure_neurons, trends
from explorer.hierarchy.columns import CUT_MEASURES
from explorer.hierarchy.levels import breadth
from tests.hierarchy.conftest import DEAD, LEVELS, N_BROAD, N_ITEMS, dtypes

MEASURED = [{"width": width, "rbo@30": width / 100, "ndcg@20": None, "ev_items": 0.5} for width in LEVELS]


def facts(rng: np.random.Generator, genres: np.ndarray) -> dict:
    return {
        "percentiles": rng.uniform(0, 100, N_ITEMS),
        "genres": genres,
        "years": rng.integers(1950, 2020, N_ITEMS).astype(float),
        "purity": rng.random(LEVELS[-1]),
        "seed": 0,
    }


@pytest.fixture
def neurons(planted, rng) -> pd.DataFrame:
    return measure_neurons(planted.items, planted.users, LEVELS, **facts(rng, planted.genres))


def test_breadth_is_the_effective_number_of_genres():
    share = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [1, 1, 1, 1], [0, 0, 0, 0]], float)
    np.testing.assert_allclose(breadth(share), [1, 2, 4, 4, np.nan])
    assert 1 < breadth(np.array([[0.9, 0.1]]))[0] < 2


def test_leaves_are_narrower_than_their_broad_concept_over_their_own_items(neurons):
    broad, leaves = neurons["breadth"][:N_BROAD], neurons["breadth"][N_BROAD : N_BROAD + 12]
    # Half of what an item carries is the broad genre and half a leaf: 2 where all are of one leaf, √12 of three.
    assert (leaves < 2.5).all() and (abs(broad - np.sqrt(12)) < 0.2).all()
    assert (neurons["breadth_random"].drop(DEAD) > 9).all()
    assert (neurons.loc[N_BROAD : N_BROAD + 11, "breadth_50"].isna()).all()  # they fire on 20 items only


def test_the_measures_of_neurons_are_what_their_names_say(planted, rng):
    given = facts(rng, planted.genres)
    table = measure_neurons(planted.items, planted.users, LEVELS, **given)
    z = planted.items.activations
    top = np.argsort(-z[:, 0], kind="stable")[:50]
    assert table.loc[0, "popularity"] == pytest.approx(given["percentiles"][top].mean())
    assert table.loc[0, "year_spread"] == np.subtract(*np.quantile(given["years"][top], [0.75, 0.25]))
    np.testing.assert_allclose(table["density_items"], (z > 0).mean(axis=0))
    np.testing.assert_allclose(table["density_users"], (planted.users.activations > 0).mean(axis=0))
    dead = table.loc[DEAD]
    assert not dead["living"] and np.isnan([dead["popularity"], dead["breadth"], dead["breadth_50"]]).all()


def test_a_level_is_the_mean_of_its_living_neurons_and_has_the_measures_of_its_cut(neurons):
    table = level_table(neurons, LEVELS, MEASURED)
    assert table["level"].tolist() == [1, 2] and table["width"].tolist() == list(LEVELS)
    assert table["neurons"].tolist() == [N_BROAD, LEVELS[-1] - N_BROAD] and table["living"].tolist() == [N_BROAD, 14]
    later = neurons[N_BROAD:DEAD]
    for column in ("breadth", "purity", "density_items"):
        assert table.loc[1, column] == pytest.approx(later[column].mean())
    assert table.loc[1, "year_spread"] == pytest.approx(later["year_spread"].median())
    assert table["rbo@30"].tolist() == [0.04, 0.19] and table["ndcg@20"].isna().all()
    assert table[[name for name in CUT_MEASURES if name not in MEASURED[0]]].isna().all(axis=None)


def test_without_genres_and_years_only_their_columns_are_missing(planted, rng):
    given = facts(rng, np.zeros((N_ITEMS, 0), bool)) | {"years": np.full(N_ITEMS, np.nan)}
    table = measure_neurons(planted.items, planted.users, LEVELS, **given)
    assert table[["breadth", "breadth_random", "breadth_50", "year_spread"]].isna().all(axis=None)
    assert table["popularity"][:N_BROAD].notna().all()
    levels, found = level_table(table, LEVELS, MEASURED), trends(table, seed=0).set_index("measure")
    assert levels["breadth"].isna().all() and levels["purity"].notna().all()
    assert np.isnan(found.loc["breadth", "spearman"]) and not found.loc["breadth", "holds"]


def made(level: np.ndarray, popularity: np.ndarray) -> pd.DataFrame:
    flat = dict.fromkeys(["breadth", "breadth_random", "breadth_50", "breadth_50_random"], 1.0)
    return pd.DataFrame({"level": level, "living": True, "popularity": popularity, **flat})


def test_a_fall_holds_and_a_rise_does_not(rng):
    level = np.repeat([1, 2, 3], 20)
    falling = trends(made(level, -level + rng.normal(size=60)), seed=0).iloc[0]
    assert falling["spearman"] < -0.4 and falling["p"] <= 0.002 and falling["holds"]
    rising = trends(made(level, level + rng.normal(size=60)), seed=0).iloc[0]
    assert rising["p"] > 0.99 and not rising["holds"]


def test_a_trend_is_spearmans_correlation_and_its_chance_like_scipys(rng):
    level, values = rng.integers(1, 5, 80), rng.normal(size=80)
    for shift in (0, 0.15, 0.3):
        found = trends(made(level, values - shift * level), seed=1).iloc[0]
        expected = spearmanr(level, values - shift * level, alternative="less")
        assert found["spearman"] == pytest.approx(expected.statistic)
        assert found["p"] == pytest.approx(expected.pvalue, abs=0.05)


def test_without_a_second_level_or_any_difference_there_is_no_trend():
    for table in (made(np.ones(5), np.arange(5.0)), made(np.arange(5), np.ones(5)), made(np.array([]), np.array([]))):
        found = trends(table, seed=0)
        assert found["spearman"].isna().all() and found["p"].isna().all() and not found["holds"].any()


def test_dead_neurons_are_not_part_of_a_trend(neurons):
    assert trends(neurons, seed=0).set_index("measure").loc["breadth", "neurons"] == LEVELS[-1] - 1


def test_the_tables_keep_their_types_even_without_users(planted, rng, tmp_path):
    nothing = Codes(np.zeros((0, LEVELS[-1]), np.float32), np.zeros((0, 4), np.float32))
    given = {"percentiles": np.zeros(0), "genres": np.zeros((0, 3), bool), "years": np.zeros(0)}
    empty = measure_neurons(nothing, nothing, LEVELS, **given, purity=np.full(LEVELS[-1], np.nan), seed=0)
    full = measure_neurons(planted.items, planted.users, LEVELS, **facts(rng, planted.genres))
    for table in (empty, full):
        cut, found = level_table(table, LEVELS, []), trends(table, seed=0)
        for part, columns in ((table, "neurons"), (cut, "level_metrics"), (found, "trends")):
            assert part.dtypes.astype(str).to_dict() == dtypes(columns)
            part.to_parquet(tmp_path / "part.parquet")
