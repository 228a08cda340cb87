"""The view of one item: what it shows is what the library finds, and the address says all of it."""

from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.cli import build_parser
from explorer.experiments import cohort_of
from explorer.experiments.items import Exposure, little_shown_item, promote, reach_sentence
from explorer.steering import Edit, concepts_of
from explorer.steering.setting import fingerprint
from explorer.ui import item_search
from explorer.ui.steering import item_choice
from tests.helpers import opaque
from tests.pages.conftest import assert_sound, charts, tables

pytestmark = pytest.mark.slow

PAGE = "pages/Steering.py"


@pytest.fixture(scope="module")
def exposure(demo_run):
    return Exposure(demo_run)


def item_id(run, row: int) -> str:
    return str(run.dataset.items["item_id"].iloc[row])


def sentences(at) -> list[str]:
    return [element.value for element in at.markdown]


def says(at, sentence: str) -> bool:
    plain = [text.replace("\\", "").replace("\u2060", "") for text in sentences(at)]
    return any(sentence in text for text in plain)


def test_it_opens_with_an_item_that_few_lists_have_and_nothing_changed(app, demo_run, exposure):
    at = app(PAGE, view="item")
    assert_sound(at)
    item = little_shown_item(exposure)
    assert says(at, reach_sentence(promote(exposure, item)))
    assert item in [box.value for box in at.selectbox]
    assert len(at.metric) == 5 and " → " not in at.metric[0].value


def test_the_address_says_item_changes_and_audience(app, demo_run, exposure):
    values, rule = {3: 1.0, 5: -0.5}, "top 20% of neuron 5"
    at = app(PAGE, view="item", item=item_id(demo_run, 7), item_edits="3:1.0,5:-0.5", audience=rule)
    assert_sound(at)
    edits = [Edit(k, "set", value) for k, value in values.items()]
    found = promote(exposure, 7, edits, cohort_of(demo_run, rule).users)
    assert says(at, reach_sentence(found))
    for neuron, value in values.items():
        slider = next(each for each in at.slider if each.key and each.key.endswith(f"-7-{neuron}"))
        assert slider.value == value
    gone = next(table for table in tables(at) if "fall out" in table.attrs["label"]) if found.gained.any() else None
    if gone is not None:
        assert gone["users"].tolist() == found.displaced["users"].tolist()
    assert len(charts(at)) == 3


def test_a_moved_slider_changes_the_numbers_and_reset_takes_it_back(app, demo_run, exposure):
    at = app(PAGE, view="item", item=item_id(demo_run, 7))
    slider = next(each for each in at.slider if "-7-" in (each.key or ""))
    neuron = int(slider.key.rsplit("-", 1)[1])
    slider.set_value(2.0).run()
    assert says(at, reach_sentence(promote(exposure, 7, [Edit(neuron, "set", 2.0)])))
    assert at.query_params.get("item_edits", [f"{neuron}:2.0"]) == [f"{neuron}:2.0"]
    next(button for button in at.button if button.label == "Reset").click().run()
    assert says(at, reach_sentence(promote(exposure, 7)))


def test_another_item_starts_unchanged(app, demo_run, exposure):
    at = app(PAGE, view="item", item=item_id(demo_run, 7), item_edits="3:1.0")
    box = next(each for each in at.selectbox if each.label == demo_run.dataset.nouns.item.capitalize())
    box.set_value(9).run()
    assert says(at, reach_sentence(promote(exposure, 9)))


def test_the_command_on_the_page_is_the_same_change(app, demo_run):
    at = app(PAGE, view="item", item=item_id(demo_run, 7), item_edits="3:1.0", audience="history >= 5")
    words = shlex.split(next(code.value for code in at.code if "promote" in code.value))
    options = build_parser().parse_args(words[3:])
    assert (options.command, options.item, options.set, options.users) == (
        "promote",
        item_id(demo_run, 7),
        ["3=1"],
        "history >= 5",
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"item": "nothing like it"}, ["nothing like it"]),
        ({"item": "7", "item_edits": "9999:1"}, ["9999"]),
        ({"item": "7", "item_edits": "3:nan"}, ["nan"]),
        ({"item": "7", "item_edits": "3:1e308"}, ["1e\\+308"]),
        ({"item": "7", "item_edits": "Horror:1"}, ["Horror"]),
        ({"item": "7", "item_edits": "3:1", "item_of": "00000000"}, ["another run"]),
    ],
)
def test_what_an_address_asks_for_in_vain_is_said_and_the_rest_is_shown(app, asked, words):
    at = app(PAGE, view="item", **asked)
    assert not at.exception and not at.error
    warnings = " ".join(each.value for each in at.warning).replace("\\", "")
    assert all(word.replace("\\", "") in warnings for word in words)
    assert len(at.metric) == 5


def test_a_rule_that_is_none_is_an_error_in_a_sentence(app):
    at = app(PAGE, view="item", audience="height > 2")
    assert not at.exception and "height" in at.error[0].value


def test_the_fans_that_are_offered_are_the_rules_of_the_command_line(demo_run):
    names = item_choice.audience_names(demo_run)
    assert len(names) > 5
    for rule in names:
        assert len(cohort_of(demo_run, rule)) > 0
    genre = demo_run.dataset.genres[0]
    share = cohort_of(demo_run, next(rule for rule, name in names.items() if name == f"Fans of {genre}"))
    assert len(share) == pytest.approx(demo_run.dataset.n_users / 10, rel=0.1)
    assert np.isin(share.users, np.arange(demo_run.dataset.n_users)).all()


def test_fingerprints_keep_changes_from_meaning_something_else(app, demo_run):
    asked = {"item": item_id(demo_run, 7), "item_edits": "3:1.0", "item_of": fingerprint(demo_run)}
    assert not app(PAGE, view="item", **asked).warning


def test_a_score_that_is_not_a_dot_product_has_the_same_view(app, demo_run, open_instead):
    run = opaque(demo_run)
    open_instead(run)
    at = app(PAGE, view="item", item=item_id(run, 7), item_edits="3:1.0")
    assert_sound(at)
    assert says(at, reach_sentence(promote(Exposure(run), 7, [Edit(3, "set", 1.0)])))


def test_titles_stay_data_and_their_length_does_no_harm(app, demo_run, open_instead):
    items = demo_run.dataset.items.assign(title=demo_run.dataset.items["title"].astype(object))
    items.loc[7, "title"] = "<img src=x onerror=alert(1)> *a* " + "x" * 300
    open_instead(replace(demo_run, dataset=replace(demo_run.dataset, items=items)))
    at = app(PAGE, view="item", item=item_id(demo_run, 7), item_edits="3:1.0")
    assert_sound(at)
    assert not [text for text in sentences(at) if "<img" in text.replace("\\<", "")]


@pytest.mark.parametrize("view", ["item", "experiment"])
@pytest.mark.parametrize("variant", ["relu-no-genres", "topk-no-years", "matryoshka"])
def test_the_views_hold_for_every_kind_of_run(app, tiny_variants, open_instead, view, variant):
    open_instead(tiny_variants(variant))
    at = app(PAGE, view=view)
    assert_sound(at)


@pytest.mark.parametrize("audience", ["all", "history >= 1"])
def test_an_item_that_everybody_has_seen_reaches_nobody_and_says_so(app, demo_run, open_instead, audience):
    data = demo_run.dataset
    rest = data.interactions[data.interactions["item"] != 7]
    seen = pd.DataFrame({"user": np.arange(data.n_users), "item": 7, "part": 0}).astype(rest.dtypes[["user", "item"]])
    run = replace(demo_run, dataset=replace(data, interactions=pd.concat([rest, seen], ignore_index=True)))
    open_instead(run)
    at = app(PAGE, view="item", item=item_id(run, 7), item_edits="3:1.0", audience=audience)
    assert_sound(at)
    assert says(at, "already seen")


def test_a_whole_concept_is_brought_to_the_strongest_item(app, demo_run, exposure):
    name, concept = next(iter(concepts_of(demo_run).items()))
    at = app(PAGE, view="item", item=item_id(demo_run, 7))
    next(box for box in at.selectbox if box.label == "Bring a whole concept to 1").set_value(name).run()
    own = exposure.values(7)
    edits = [Edit(k, "set", max(float(own[k]), 1.0)) for k in concept.neurons]
    assert says(at, reach_sentence(promote(exposure, 7, edits)))


def test_of_very_many_titles_the_server_searches(app, demo_run, exposure, monkeypatch):
    monkeypatch.setattr(item_search, "MAX_OPTIONS", 10)
    at = app(PAGE, view="item", item=item_id(demo_run, 7))
    title = str(demo_run.dataset.items["title"].iloc[9])
    next(box for box in at.text_input if box.label == "Search titles").set_value(title).run()
    box = next(each for each in at.selectbox if each.label == demo_run.dataset.nouns.item.capitalize())
    assert box.value == 7 and len(box.options) <= 51
    box.set_value(9).run()
    assert says(at, reach_sentence(promote(exposure, 9)))
