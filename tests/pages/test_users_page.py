"""The page of a user says what the library finds, and a click on a row explains its score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.browse.users import recommended, similar_users, user_neurons
from explorer.browse.waterfall import waterfall
from explorer.people import fold_in, personas_of, profile
from explorer.steering import person_of
from tests.pages.conftest import assert_sound
from tests.pages.test_items_page import bars, table, written

pytestmark = pytest.mark.slow

PAGE = "pages/Users.py"


@pytest.fixture(scope="module")
def person(demo_run):
    return person_of(demo_run, demo_run.dataset.user_row("7"))


def test_it_shows_list_reasons_neurons_history_and_similar_users(app, demo_run, person):
    at = app(PAGE, user="7")
    assert_sound(at)
    nouns, listed = demo_run.dataset.nouns, recommended(demo_run, person)
    shown = table(at, "Recommended")
    assert shown["title"].tolist() == listed["title"].tolist()
    assert shown["why"].tolist() == listed["why"].tolist()
    assert shown["hit"].tolist() == ["●" if one else "" for one in listed["held_out"]]
    assert shown.attrs["links"]["why"][0].endswith(f"neuron={listed['neuron'][0]}")
    assert shown.attrs["chosen"] == [listed["row"][0]]
    assert profile(demo_run, person).sentence in written(at)
    assert waterfall(demo_run, person, int(listed["row"][0])).sentence(nouns) in written(at)
    neurons = user_neurons(demo_run, person)
    np.testing.assert_allclose(table(at, "Neurons that fire")["stronger_than"], 100 * neurons["stronger_than"])
    similar = table(at, "Similar users")
    assert similar["user"].tolist() == similar_users(demo_run, person)["user_id"].astype(str).tolist()
    assert all("Users?" in link and "item=" not in link for link in similar.attrs["links"]["user"])
    assert len(table(at, "History")) == len(person.seen)
    assert all("user=7" in link for link in table(at, "History").attrs["links"]["title"])


def test_the_address_holds_the_user_and_the_item_whose_score_is_explained(app, demo_run, person):
    listed = recommended(demo_run, person)
    third = listed.iloc[2]
    at = app(PAGE, user="7", item=str(third["item_id"]))
    assert table(at, "Recommended").attrs["chosen"] == [third["row"]]
    assert waterfall(demo_run, person, int(third["row"])).sentence(demo_run.dataset.nouns) in written(at)
    had = int(person.seen[0])
    at = app(PAGE, user="7", item=str(demo_run.dataset.items["item_id"].iloc[had]))
    assert "This person has had the film" in written(at) and table(at, "Recommended").attrs["chosen"] == []
    assert_sound(at)


def test_users_are_picked_by_id_kind_and_title_as_on_the_steering_page(app, demo_run):
    at = app(PAGE, user="7")
    at.selectbox(key="user").set_value("12").run()
    assert "".join(at.query_params["user"]) == "12" and at.subheader[0].value == "User 12"
    kind = personas_of(demo_run)[0]
    at.pills(key="people:persona").set_value(kind.name).run()
    best = demo_run.dataset.users["user_id"].iloc[kind.users[0]]
    assert "".join(at.query_params["user"]) == str(best)
    assert_sound(at)


def test_somebody_who_is_not_in_the_data_has_a_page(app, demo_run):
    ids = demo_run.dataset.items["item_id"].iloc[[3, 40]].astype(str)
    at = app(PAGE, likes=",".join(ids))
    new = fold_in(demo_run, [3, 40])
    assert_sound(at)
    assert table(at, "Recommended")["title"].tolist() == recommended(demo_run, new)["title"].tolist()
    assert at.subheader[0].value == "New person"
    link = next(link for link in at.main.get("page_link") if "Steer" in link.proto.label)
    assert "likes=" in link.proto.query_string and "user=" not in link.proto.query_string


def test_a_user_without_history_or_neurons_is_shown(app, demo_run, open_instead):
    data, model = demo_run.dataset, demo_run.recommender
    row = data.user_row("7")
    u = model.user_embeddings.clone()
    u[row] = 0
    run = replace(
        demo_run,
        dataset=replace(data, interactions=data.interactions[data.interactions["user"] != row], fingerprint="bare"),
        recommender=replace(model, user_embeddings=u),
    )
    open_instead(run)
    at = app(PAGE, user="7")
    assert_sound(at)
    assert "No film of this person is known." in written(at) and bars(at)


@pytest.mark.parametrize("asked", [{"user": "nobody <b>"}, {"user": "7", "item": "no <b>such"}])
def test_what_is_not_there_is_said(app, asked):
    at = app(PAGE, **asked)
    assert_sound(at)
    assert any("\\<b\\>" in box.value for box in at.warning)
