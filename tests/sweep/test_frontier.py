"""The mean over seeds of each configuration, which of them no other beats, and the picture of it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from explorer.figures import frontier_figure
from explorer.sweep import Sweep, frontier, read_grid, run_sweep, varied, write_figure
from explorer.sweep.frontier import purity_axis


def table_of(*rows: dict) -> pd.DataFrame:
    """A sweep's table from the cells that matter."""
    usual = {"base": "als", "activation": "topk", "seed": 0, "purity@10": 0.5, "rbo@30": 0.5}
    return pd.DataFrame([{"point": str(i), **usual, **row, "command": f"train {i}"} for i, row in enumerate(rows)])


def test_seeds_of_a_configuration_become_one_row_with_mean_number_and_spread():
    result = frontier(
        table_of(
            {"sae.k": 8, "seed": 0, "purity@10": 0.2, "rbo@30": 0.5, "dead": 1},
            {"sae.k": 4, "seed": 0, "purity@10": 0.7, "rbo@30": 0.4, "dead": 0},
            {"sae.k": 8, "seed": 1, "purity@10": 0.3, "rbo@30": 0.9, "dead": 3},
            {"sae.k": 8, "seed": 2, "purity@10": 0.7, "rbo@30": 0.4, "dead": 2},
        )
    )
    assert result["about"].tolist() == ["sae.k=8", "sae.k=4"]  # best fidelity first
    assert result["n"].tolist() == [3, 1]
    first, second = result.to_dict("records")
    assert [first[name] for name in ("purity@10", "rbo@30", "dead")] == pytest.approx([0.4, 0.6, 2])
    assert [first[name] for name in ("purity@10_low", "purity@10_high")] == [0.2, 0.7]
    assert [first[name] for name in ("rbo@30_low", "rbo@30_high")] == [0.4, 0.9]
    assert second["purity@10_low"] == second["purity@10"] == second["purity@10_high"] == 0.7
    assert (first["base"], first["activation"], first["command"]) == ("als", "topk", "train 0")
    assert "seed" not in result and "point" not in result


def test_configurations_differ_in_any_setting_also_in_one_that_only_some_have():
    rows = [{"sae.k": 8.0}, {"sae.k": 8.0, "sae.prefix_widths": "[8, 16]"}, {}, {"sae.width": 8}, {"sae.k": 16}]
    result = frontier(table_of(*rows, *[{**row, "seed": 1} for row in rows]))
    assert result["n"].tolist() == [2] * 5
    assert set(result["about"]) == {
        *("sae.k=8", "sae.k=8, sae.prefix_widths=[8, 16]", "defaults", "sae.width=8", "sae.k=16")
    }


def test_purity_is_held_out_where_every_point_has_that_and_of_the_chosen_items_where_some_have_not():
    key = "held_out_purity@10"
    rows = [{"sae.k": 1, "purity@10": 0.9, key: 0.2}, {"sae.k": 2, "purity@10": 0.1, key: 0.8}]
    new, mixed = table_of(*rows), table_of(*rows, {"sae.k": 3})
    assert (purity_axis(new), purity_axis(mixed)) == (key, "purity@10")
    result = frontier(new)
    assert result.set_index("sae.k")["best"].to_dict() == {1: False, 2: True}
    assert result[f"{key}_low"].tolist() == result[key].tolist() and "purity@10_low" not in result
    assert list(frontier_figure(result).data[1].x) == result[key].tolist()
    assert "Held-out purity@10" in frontier_figure(result).layout.xaxis.title.text
    assert frontier(mixed).set_index("sae.k")["best"].to_dict() == {1: True, 2: False, 3: False}


def test_without_varied_settings_all_seeds_are_one_configuration():
    (row,) = frontier(table_of({"seed": 0}, {"seed": 1})).to_dict("records")
    assert (row["n"], row["about"], row["best"]) == (2, "defaults", True)


@pytest.mark.parametrize("levels", [3, 10, 1000])  # few: many ties
@pytest.mark.parametrize("n", [1, 2, 30])
def test_the_best_are_exactly_those_that_no_other_is_better_than(n, levels, rng):
    for _ in range(5):
        values = rng.integers(0, levels, (n, 2)) / levels
        table = table_of(*({"sae.k": k, "purity@10": p, "rbo@30": f} for k, (p, f) in enumerate(values)))
        result = frontier(table).set_index("sae.k")["best"]
        for k, (purity, fidelity) in enumerate(values):
            beaten = any(p >= purity and f >= fidelity and (p > purity or f > fidelity) for p, f in values)
            assert result[k] == (not beaten)


def test_points_without_purity_and_failed_points_are_left_out():
    result = frontier(
        table_of(
            {"sae.k": 1, "purity@10": None},
            {"sae.k": 2, "purity@10": None, "rbo@30": None, "problem": "k 2 does not work."},
            {"sae.k": 3},
            {"sae.k": 3, "seed": 1, "purity@10": None},
        )
    )
    assert result["about"].tolist() == ["sae.k=3"]
    assert result["n"].tolist() == [1]
    assert "problem" not in result


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame([{"point": "a", "seed": 0, "sae.k": 1, "problem": "no", "command": "train"}]),
        table_of({"sae.k": 1, "purity@10": None}, {"sae.k": 2, "purity@10": None}),
        table_of({"sae.k": 1, "purity@10": np.nan}),
    ],
    ids=["no rows", "all failed", "no purity", "NaN"],
)
def test_a_table_without_anything_to_compare_has_an_empty_frontier(table, tmp_path):
    result = frontier(table)
    assert result.empty
    assert write_figure(Sweep({"dataset": "little"}, table, tmp_path), result) is None
    assert not any(tmp_path.iterdir())


def test_the_table_is_left_as_it_was():
    table = table_of({"sae.k": 1}, {"sae.k": 2})
    before = table.copy()
    frontier(table)
    pd.testing.assert_frame_equal(table, before)


def test_the_frontier_of_a_sweep_has_a_row_per_configuration(workshop, tmp_path):
    workshop.bad_points, workshop.impure = {3}, {4}
    points = read_grid(None, varied(["sae.k=1,2,3,4", "seed=0,1,2"]), ["sae.width=32"])
    result = frontier(run_sweep("little", points, tmp_path / "sweep").table)
    assert result["about"].tolist() == ["sae.width=32, sae.k=1", "sae.width=32, sae.k=2"]
    assert result["n"].tolist() == [3, 3] and result["best"].all()
    assert result["rbo@30"].tolist() == pytest.approx([0.892, 0.882])


def test_the_page_is_whole_and_fetches_nothing(tiny_sweep):
    best = frontier(tiny_sweep.table)
    assert len(best) == 2
    path = write_figure(tiny_sweep, best)
    assert path == tiny_sweep.path / "frontier.html"
    page = path.read_text(encoding="utf-8")
    outside = [tag for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", page) if "//" in tag]
    assert outside == [] and 'src="http' not in page and "@import" not in page
    assert "Purity and fidelity on little" in page
    assert len(page) > 1_000_000  # plotly itself
