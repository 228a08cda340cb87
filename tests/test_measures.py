"""The catalogue of measures is complete, and the only place that spells out a key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from explorer.measures import MEASURES, NDCG, RBO, RUN_MEASURES, measure
from explorer.runs import read_manifest

ROOT = Path(__file__).parents[1]
DEMO_RUN = ROOT / "assets" / "demo-run"
CODE = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "src").rglob("*.py")]


def test_a_measure_has_one_entry_and_an_explanation():
    assert len({found.key for found in MEASURES}) == len(MEASURES)
    assert len({found.title for found in RUN_MEASURES}) == len({found.path for found in RUN_MEASURES})
    assert all(found.short and found.term.sentence for found in MEASURES)


def test_every_measure_of_a_run_is_where_its_path_says():
    metrics = json.loads((DEMO_RUN / "run.json").read_text())["metrics"]
    values = read_manifest(DEMO_RUN).metrics.by_path()
    assert list(values) == [found.path for found in RUN_MEASURES]
    for path, value in values.items():
        stored = metrics
        for part in path.split("."):
            stored = stored and stored.get(part)  # a run of format 2 lacks some
        assert value == (pytest.approx(sum(stored.values())) if path == "seconds" else stored)


def test_measures_of_which_less_is_better_are_marked():
    assert {found.path for found in RUN_MEASURES if found.measure.better == "lower"} == {
        "sae.dead",
        "concepts.antipodal",
        "seconds",
    }
    assert measure(RBO).better == "higher" and measure("l0_items").better == "neither"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [(NDCG, 0.61234, "0.612"), ("ev_items", 0.98392, "98%"), ("dead", 1234, "1,234"), (RBO, None, "–")],
)
def test_a_value_is_written_as_its_measure_says(key, value, text):
    assert measure(key).text(value) == text


def test_no_other_file_spells_out_the_key_of_a_measure():
    key = re.compile(r"""["'.](rbo|ndcg|recall|hit|kendall|overlap)@(\d+|\{)""")
    named = {path.name for path in CODE if key.search(path.read_text())}
    assert named <= {"measures.py"}
