"""The page of an item says what the library finds, leads on to neurons, items and users, and takes any address."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

from explorer.browse.audience import audience_of, likeliest_user
from explorer.browse.items import item_facts, item_neurons, nearest_items
from explorer.browse.waterfall import waterfall
from explorer.experiments.items import Exposure
from explorer.ui import item_search, user_search
from explorer.ui.items import audience
from tests.helpers import opaque
from tests.pages.conftest import assert_sound, tables

pytestmark = pytest.mark.slow

PAGE, ROW = "pages/Items.py", 60


def table(at, label: str) -> pd.DataFrame:
    return next(one for one in tables(at) if label in one.attrs["label"])


def written(at) -> str:
    """All sentences, as they are read."""
    said = " ".join(box.value for box in [*at.markdown, *at.caption, *at.subheader])
    return said.replace("\\", "").replace("\u2060", "")


def bars(at) -> str:
    """The HTML of the parts of the score."""
    return next(box.proto.body for box in at.get("html") if 'class="waterfall"' in box.proto.body)


def identity(run, row: int = ROW) -> str:
    return str(run.dataset.items["item_id"].iloc[row])


def test_it_shows_neurons_neighbours_audience_and_a_score_of_the_likeliest_user(app, demo_run):
    at = app(PAGE, item=identity(demo_run))
    assert_sound(at)
    nouns = demo_run.dataset.nouns
    assert item_facts(demo_run, ROW).sentence in written(at)
    neurons = item_neurons(demo_run, ROW)
    shown = table(at, "Neurons that fire")
    assert [text.split(" · ")[0] for text in shown["label"]] == neurons["neuron"].astype(str).tolist()
    assert shown.attrs["links"]["label"][0].endswith(f"neuron={neurons['neuron'][0]}")
    near = table(at, "Nearest by embedding")
    assert near["title"].tolist() == nearest_items(demo_run, ROW)["title"].tolist()
    assert [parse_qs(link.partition("?")[2])["item"] for link in near.attrs["links"]["title"]] == [
        [str(item)] for item in nearest_items(demo_run, ROW)["item_id"]
    ]
    user = likeliest_user(demo_run, ROW)
    found = waterfall(demo_run, user, ROW)
    assert found.sentence(nouns) in written(at) and bars(at).count("<tr") == len(found.bars()) + 2
    assert at.selectbox(key="items:user-choice").value == str(demo_run.dataset.users["user_id"].iloc[user])
    gets_it = audience_of(demo_run, Exposure(demo_run), ROW)
    assert gets_it.sentence(nouns) in written(at)
    ids = demo_run.dataset.users["user_id"].iloc[gets_it.users[:8]].astype(str).tolist()
    people = table(at, "Users who get it")
    assert people["user"].tolist() == ids
    assert all("item=" + identity(demo_run) in link for link in people.attrs["links"]["user"])


def test_the_address_holds_item_and_user(app, demo_run):
    at = app(PAGE, item=identity(demo_run), user="7")
    assert waterfall(demo_run, demo_run.dataset.user_row("7"), ROW).sentence(demo_run.dataset.nouns) in written(at)
    assert at.selectbox(key="items:user-choice").value == "7"
    at.selectbox(key="items:choice").set_value(9).run()
    assert "".join(at.query_params["item"]) == identity(demo_run, 9)
    assert "".join(at.query_params["user"]) == "7"
    assert item_facts(demo_run, 9).sentence in written(at)
    at.selectbox(key="items:user-choice").set_value("12").run()
    assert "".join(at.query_params["user"]) == "12"
    at.button(key="items:random").click().run()
    assert_sound(at)


def test_it_opens_with_the_most_popular_item_and_an_address_may_say_a_title(app, demo_run):
    items = demo_run.dataset.items
    most = int(items["popularity"].to_numpy().argmax())
    assert app(PAGE).selectbox(key="items:choice").value == most
    assert app(PAGE, item=items["title"][ROW].upper()).selectbox(key="items:choice").value == ROW


@pytest.mark.parametrize("asked", [{"item": "no <b>such"}, {"item": "5", "user": "nobody <b>"}])
def test_what_is_not_there_is_said_and_something_else_shown(app, asked):
    at = app(PAGE, **asked)
    assert_sound(at)
    assert len(at.warning) == 1 and "\\<b\\>" in at.warning[0].value


def test_a_score_that_is_not_a_dot_product_adds_up_with_a_bar_that_says_so(app, demo_run, open_instead):
    run = opaque(demo_run)
    open_instead(run)
    at = app(PAGE, item=identity(run), user="7")
    assert_sound(at)
    assert "Not the sum of single neurons" in bars(at)
    assert waterfall(run, run.dataset.user_row("7"), ROW).sentence(run.dataset.nouns) in written(at)


def test_where_the_lists_of_all_take_long_somebody_has_to_ask(app, demo_run, monkeypatch):
    monkeypatch.setattr(audience, "AT_ONCE", 10)
    at = app(PAGE, item=identity(demo_run))
    assert_sound(at)
    assert "In the top" not in written(at)
    at.button(key="items:find-out").click().run()
    assert audience_of(demo_run, Exposure(demo_run), ROW).sentence(demo_run.dataset.nouns) in written(at)


def test_an_item_nobody_had_and_without_neurons_facets_or_year_is_shown(app, demo_run, open_instead):
    data, model = demo_run.dataset, demo_run.recommender
    n = data.n_items
    items = data.items.assign(genres=[[]] * n, year=pd.array([pd.NA] * n, "Int64"))
    items.loc[ROW, "popularity"] = 0
    items.loc[ROW, "title"] = "\u202eصداقة ![x](http://h/) <b> " + "長い名前" * 500
    interactions = data.interactions[data.interactions["item"] != ROW]
    q = model.item_embeddings.clone()
    q[ROW] = 0
    run = replace(
        demo_run,
        dataset=replace(data, items=items, interactions=interactions, fingerprint="bare"),
        recommender=replace(model, item_embeddings=q),
    )
    open_instead(run)
    at = app(PAGE, item=identity(run), user="7")
    assert_sound(at)
    assert "No user has it in the training data" in written(at)
    assert "\\!\\[x\\]" in at.subheader[0].value or "!\\[x\\]" in at.subheader[0].value
    assert any("長い名前" * 400 in box.proto.body and "<b>" not in box.proto.body for box in at.get("html"))


def test_titles_that_are_equal_are_told_apart_by_year_or_id(demo_run):
    items = demo_run.dataset.items.head(6).copy()
    items["title"] = ["Sabrina", "Sabrina", "Alien", "Solaris", "Solaris", "<b>" * 999]
    items["year"] = pd.array([1954, 1995, 1979, 1972, 1972, 2000], "Int64")
    labels = item_search.labels_of(items)
    ids = items["item_id"].astype(str)
    assert labels[:5] == ["Sabrina · 1954", "Sabrina · 1995", "Alien", f"Solaris · {ids[3]}", f"Solaris · {ids[4]}"]
    assert len(labels[5]) == item_search.MAX_TITLE
    assert item_search.labels_of(items.assign(year=pd.array([pd.NA] * 6, "Int64")))[0] == f"Sabrina · {ids[0]}"


def test_of_very_many_items_and_users_the_server_searches(app, demo_run, monkeypatch):
    monkeypatch.setattr(item_search, "MAX_OPTIONS", 10)
    monkeypatch.setattr(user_search, "MAX_OPTIONS", 10)
    at = app(PAGE, item=identity(demo_run), user="7")
    assert at.selectbox(key="items:user-choice").options == ["User 7"]
    at.text_input(key="items:choice:words").set_value(str(demo_run.dataset.items["title"][9])).run()
    at.selectbox(key="items:choice").set_value(9).run()
    assert item_facts(demo_run, 9).sentence in written(at)


def test_it_reads_the_index_and_encodes_no_more_than_it_shows(app, demo_run, open_instead, monkeypatch):
    from explorer.runs import Run

    run = replace(demo_run)
    open_instead(run)
    monkeypatch.setattr(Run, "reconstruction", property(lambda self: pytest.fail("all activations were computed")))
    assert_sound(app(PAGE, item=identity(run)))
    assert_sound(app("pages/Users.py", user="7"))
    assert np.isfinite(run.units).all()
