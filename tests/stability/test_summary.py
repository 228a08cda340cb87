"""The shares beside their baselines as text: for a table, and as a section of the run card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.stability import Stability, about_summary, measure_stability, summary_markdown, summary_rows


@pytest.fixture
def found(run, alive, trainings) -> Stability:
    return measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=2)


def test_neurons_stand_beside_their_baselines_with_the_spread_over_trainings(found):
    head, rows = summary_rows(found)
    assert head == ["What is matched", "Seed ≥ 0.7", "Seed ≥ 0.9", "Sample ≥ 0.7", "Sample ≥ 0.9"]
    assert [row[0] for row in rows] == ["Neurons", "Independent components (FastICA)", "Random directions"]
    assert rows[0][1:] == ["100%"] * 4
    assert rows[1][3] == found.text_of("ica", "sample", 0.7)


def test_a_spread_is_spoken_of_only_where_there_is_one(found):
    assert "over 2 trainings" in about_summary(found)
    assert "in one training." in about_summary(replace(found, seeds=1))


def test_the_section_of_the_card_is_a_table_and_shows_a_problem_as_it_is(found):
    section = summary_markdown(replace(found, problem="Too few *items*."))
    lines = section.splitlines()
    assert lines[0].startswith("## ") and lines[-1] == "Too few \\*items\\*."
    assert "| Neurons | 100% | 100% | 100% | 100% |" in lines and "| --- | --: | --: | --: | --: |" in lines
    assert summary_markdown(found).endswith("|")
