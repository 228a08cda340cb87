"""The card of a neuron: what its first screen says, and what each tab shows of the stored index."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from explorer.audit import AuditStore, Review
from explorer.browse.card import WHICH, beside_baselines, effects_of, histogram_of, items_of, neighbours_of, users_of
from explorer.browse.evidence import evidence
from explorer.runs import load_run, save_run
from explorer.text import md_escape
from explorer.ui import cache
from tests.helpers import make_format_2, opaque
from tests.pages.conftest import TABS, html_of, open_tab, tables

pytestmark = pytest.mark.slow

PAGE = "pages/Neurons.py"
NEURON = 33
"""Of the demo run: it lowers items of its own name."""


@pytest.fixture
def card(app):
    return app(PAGE, neuron=str(NEURON))


def titles_on_show(at) -> list[str]:
    """Titles of the list of items."""
    return [html.unescape(title) for title in re.findall(r'href="Items[^"]*">([^<]*)</a><small>', html_of(at))]


def written(at) -> str:
    return " ".join([*(one.value for one in at.markdown), *(one.value for one in at.caption)])


def test_the_first_screen_says_what_the_evidence_supports_with_the_numbers_and_what_can_be_done(card, demo_run):
    found = evidence(demo_run, NEURON)
    assert md_escape(found.sentence) in card.markdown[0].value
    assert "Lowers films of its own name" in written(card) and "Not reviewed" in written(card)
    values = {metric.label: metric.value for metric in card.metric}
    assert values["Name holds"] == "85%" and values["Held out"] == "92%" and "Stability" in values
    links = {link.proto.label: link.proto.query_string for link in card.main.get("page_link")}
    assert f"neuron={NEURON}" in links["Review"] and f"pins={NEURON}" in links["Steer"]


@pytest.mark.parametrize("which", WHICH)
def test_items_are_the_strongest_spread_over_the_range_or_random_with_the_part_of_the_range_in_words(
    card, demo_run, which
):
    card.segmented_control(key="which_items").set_value(which).run()
    table = items_of(demo_run, NEURON, which)
    assert titles_on_show(card) == table["title"].tolist() and len(table) > 4
    shown = html_of(card)
    assert all(words in shown for words in table["strength"])
    assert (np.diff(table["activation"]) <= 0).all()


def test_bars_of_facets_follow_the_depth_with_base_rates_and_baselines_one_click_away(card, demo_run):
    for k in (10, 50):
        card.segmented_control(key="depth").set_value(k).run()
        best = demo_run.index.purity_of(NEURON, k).iloc[0]
        assert f"<title>{best['genre']}: {best['value']:.0%} (base rate" in html_of(card)
    certain, beside = (tables(box)[0] for box in card.expander[-2:])
    assert set(certain["genre"]) == set(demo_run.dataset.genres)
    expected = beside_baselines(demo_run, NEURON, best["genre"])
    assert beside["what"].tolist() == expected["what"].tolist()
    np.testing.assert_allclose(beside["best@10"], 100 * expected["best@10"])


def test_activations_of_both_sides_have_a_histogram_and_moments(card, demo_run):
    open_tab(card, "Activations")
    for side in ("items", "users"):
        found = histogram_of(demo_run, NEURON, side)
        assert found.firing == round(found.density * getattr(demo_run.dataset, f"n_{side}"))
        assert f"{found.firing:,} of" in " ".join(metric.value for metric in card.metric)
    assert html_of(card).count('role="img"') == 2


def test_popularity_and_era_stand_beside_the_catalogue(card, demo_run):
    shown, row = html_of(open_tab(card, "Popularity and era")), demo_run.index.neurons.iloc[NEURON]
    for table, column in (("popularity_profile", "decile"), ("decades", "decade")):
        rows = demo_run.index.rows_of(table, NEURON)
        assert len(rows) and all(f"{name}" in shown for name in rows[column])
    assert f"{row['popularity_spearman']:+.2f}" in written(card) and f"{row['year_spearman']:+.2f}" in written(card)


def test_users_come_with_what_they_had_and_lead_to_their_pages(card, demo_run):
    open_tab(card, "Users")
    table = next(table for table in tables(card) if "user" in table)
    expected = users_of(demo_run, NEURON)
    assert table["user"].tolist() == expected["user"].tolist()
    assert table["had"].tolist() == [", ".join(titles) for titles in expected["had"]] and table["n_had"].max() > 0
    assert all(goal.startswith("Users") for goal in table.attrs["links"]["user"])


def test_what_it_raises_and_lowers_is_marked_where_it_bears_its_name(card, demo_run):
    open_tab(card, "Effect")
    shown = [table for table in tables(card) if "effect" in table]
    for table, rows in zip(shown, effects_of(demo_run, NEURON, 10), strict=True):
        assert table["title"].tolist() == rows["title"].tolist() and table["bears"].tolist() == rows["bears"].tolist()
        assert "⟨d, q⟩" in table.attrs["help"]["effect"]
    assert "of the" in card.warning[0].value and "bear its name" in card.warning[0].value


def test_effects_on_another_score_are_shown_at_half_and_whole_dose_and_explained_as_means(
    app, tiny_runs, runs_folder, monkeypatch
):
    run = opaque(save_run(tiny_runs("mf"), runs_folder / "curved"))
    monkeypatch.setattr(cache, "load_run", lambda folder: run)
    at = open_tab(app(PAGE, run="curved"), "Effect")
    for table in (table for table in tables(at) if "effect" in table):
        assert "by half the strongest value" in table.attrs["help"]["half"]
        assert "mean over some users" in table.attrs["help"]["effect"]


def test_the_nearest_neurons_stand_side_by_side_with_the_first_of_them(card, demo_run):
    open_tab(card, "Similar")
    nearest = {kind: neighbours_of(demo_run, NEURON, kind) for kind in ("direction", "items")}
    for table, rows in zip((table for table in tables(card) if "similarity" in table), nearest.values(), strict=True):
        assert table["name"].tolist() == rows["name"].tolist()
    other = int(nearest["items"]["other"].iloc[0])
    assert f"{other} · {html.escape(demo_run.index.neurons['label'].iloc[other])}" in html_of(card)


def test_a_neuron_of_a_run_with_levels_says_its_level_and_its_relatives(app):
    at = app(PAGE, run=cache.TREE_NAME, neuron="40")
    assert {metric.label: metric.value for metric in at.metric}["Level"] == "2 of 2"
    open_tab(at, "Similar")
    assert "Level 2 of 2" in written(at) + html_of(at)
    assert any(link.proto.label == "Open it in the hierarchy" for link in at.main.get("page_link"))


def test_what_people_say_is_on_the_card_and_never_read_as_markdown(app, run_in_folder):
    store = AuditStore(run_in_folder)
    store.review(Review(3, "Ann *a*", "real", name="![x](http://host/x.png)", note="<b>sure</b>"))
    at = open_tab(app(PAGE, run="tiny", neuron="3"), "Reviews")
    assert "Confirmed by Ann" in written(at) and "proposed: " in written(at)
    assert ("![x](" not in written(at) and r"\!\[x\]" in at.subheader[0].value) or r"!\[x\]" in at.subheader[0].value
    [table] = [table for table in tables(at) if "verdict" in table]
    assert table[["reviewer", "verdict", "note"]].values.tolist() == [["Ann *a*", "real", "<b>sure</b>"]]


def test_the_address_says_which_tab_is_open(app):
    at = app(PAGE, neuron="3", tab="effect")
    assert any("effect" in table for table in tables(at))
    open_tab(at, "Users")
    assert any("user" in table for table in tables(at))


@pytest.mark.parametrize("variant", ["relu-no-genres", "topk-no-years", "older"])
def test_every_tab_opens_whatever_the_data_and_the_run_lack(variant, app, tiny_variants, tiny_runs, runs_folder):
    run = tiny_runs("als") if variant == "older" else tiny_variants(variant)
    folder = save_run(run, runs_folder / "plain").path
    if variant == "older":
        load_run(make_format_2(folder))
    at = app(PAGE, run="plain")
    names = [name for name in TABS[PAGE][1] if name != "Popularity and era"]
    for name in names:
        open_tab(at, name)
        assert not at.exception and not at.error, name
    if variant == "relu-no-genres":
        assert "no genres, so there is no purity" in open_tab(at, "Meaning").info[0].value
    if variant == "older":
        assert "evaluate RUN --update" in open_tab(at, "Activations").info[0].value
