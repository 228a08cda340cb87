"""Whose list the steering page shows: chosen by id, taste or title, or made from titles, and kept in the address."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from explorer.people import fold_in, personas_of, profile
from explorer.people.histories import owners_of
from explorer.runs import save_run
from explorer.steering import person_of, steer
from explorer.ui import item_search
from explorer.ui.steering import people
from tests.pages.conftest import assert_sound, charts, tables

pytestmark = pytest.mark.slow

PAGE = "pages/Steering.py"


@pytest.fixture
def page(app):
    return app(PAGE, user="7")


def listed(at) -> list[int]:
    """Row numbers of the list that the server shows."""
    (proto,) = (one.proto for one in at.get("bidi_component") if one.proto.component_name == "explorer_board_answer")
    return json.loads(proto.json or proto.mixed.json)["rows"]


def parameter(at, name: str) -> str | None:
    value = at.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def button(at, label: str):
    return next(one for one in at.button if one.label == label)


def new_person(at, run, rows: list[int]) -> None:
    """Choose titles as a hand does."""
    items = run.dataset.items["item_id"].astype(str).iloc[rows].tolist()
    at.multiselect(key="likes").set_value(items).run()


def test_a_kind_of_user_is_chosen_and_the_next_one_of_it(page, demo_run):
    persona = personas_of(demo_run)[0]
    ids = demo_run.dataset.users["user_id"].astype(str)
    page.pills(key="people:persona").set_value(persona.name).run()
    assert page.selectbox(key="user").value == parameter(page, "user") == ids[persona.users[0]]
    sentence = profile(demo_run, person_of(demo_run, int(persona.users[0]))).sentence.split(";")[0]
    said = next(box.value for box in page.caption if "1 of " in box.value)
    assert f"1 of {len(persona.users):,}" in said and sentence in said
    page.button(key="people:next").click().run()
    assert page.selectbox(key="user").value == ids[persona.users[1]]
    assert page.pills(key="people:persona").value == persona.name
    assert listed(page) == steer(demo_run, int(persona.users[1])).recommender["row"].tolist()


def test_another_user_is_of_no_kind_until_one_is_chosen(page, demo_run):
    page.pills(key="people:persona").set_value(personas_of(demo_run)[0].name).run()
    outside = next(user for user in range(demo_run.dataset.n_users) if user not in personas_of(demo_run)[0].users)
    page.selectbox(key="user").set_value(str(demo_run.dataset.users["user_id"][outside])).run()
    assert page.pills(key="people:persona").value is None


def test_a_title_leads_to_users_who_have_it_one_after_the_other(page, demo_run):
    item = str(demo_run.dataset.items["item_id"][30])
    owners = owners_of(demo_run, 30)
    page.selectbox(key="people:liked").set_value(item).run()
    ids = demo_run.dataset.users["user_id"].astype(str)
    assert page.selectbox(key="user").value == ids[owners[0]]
    assert any(f"{len(owners):,} users have it" in box.value for box in page.caption)
    page.button(key="people:next-owner").click().run()
    assert page.selectbox(key="user").value == ids[owners[1]]


def test_a_random_user_is_in_the_address(page):
    button(page, "Random").click().run()
    assert page.selectbox(key="user").value == parameter(page, "user")


def test_titles_make_a_new_person_whose_address_shows_her_again(app, page, demo_run):
    new_person(page, demo_run, [40, 3])
    expected = steer(demo_run, fold_in(demo_run, [3, 40])).recommender["row"].tolist()
    assert listed(page) == expected and not {3, 40} & set(expected)
    assert page.selectbox(key="user").value is None
    likes, ids = parameter(page, "likes"), demo_run.dataset.items["item_id"]
    assert likes == f"{ids[40]},{ids[3]}" and "user" not in page.query_params
    again = app(PAGE, likes=likes)
    assert listed(again) == expected and not again.warning
    assert again.multiselect(key="likes").value == [str(ids[40]), str(ids[3])]
    assert_sound(again)


def test_a_user_chosen_after_a_new_person_is_shown_and_she_can_be_shown_again(page, demo_run):
    new_person(page, demo_run, [3, 40])
    hers = listed(page)
    page.selectbox(key="user").set_value("8").run()
    assert parameter(page, "user") == "8" and "likes" not in page.query_params
    assert listed(page) == steer(demo_run, demo_run.dataset.user_row(8)).recommender["row"].tolist()
    button(page, "Show this person").click().run()
    assert listed(page) == hers and "user" not in page.query_params


def test_without_any_title_left_the_last_user_is_shown(page, demo_run):
    new_person(page, demo_run, [3])
    page.multiselect(key="likes").set_value([]).run()
    assert page.selectbox(key="user").value == "7" == parameter(page, "user")
    assert_sound(page)


def test_ids_that_are_not_there_are_named_and_the_others_used_until_something_else_is_chosen(app, demo_run):
    ids = demo_run.dataset.items["item_id"]
    at = app(PAGE, likes=f"{ids[3]},nothing%2Cthere,{ids[40]}")
    assert "'nothing,there'" in at.warning[0].value and len(at.warning) == 1
    assert listed(at) == steer(demo_run, fold_in(demo_run, [3, 40])).recommender["row"].tolist()
    at.selectbox(key="user").set_value("8").run()
    assert not at.warning


def test_a_link_with_a_user_and_titles_says_which_of_them_is_shown(app, demo_run):
    at = app(PAGE, user="7", likes=str(demo_run.dataset.items["item_id"][3]))
    assert "names films and a user, 7" in at.warning[0].value
    assert listed(at) == steer(demo_run, fold_in(demo_run, [3])).recommender["row"].tolist()
    at.selectbox(key="user").set_value("8").run()
    assert not at.warning and parameter(at, "user") == "8"


@pytest.mark.parametrize("likes", ["nothing", "nothing,neither", "<img src=x onerror=alert(1)>"])
def test_a_link_with_none_of_its_items_there_says_so_and_shows_a_user(app, likes):
    at = app(PAGE, likes=likes)
    assert at.warning and "This run has no" in at.warning[0].value
    assert at.selectbox(key="user").value is not None
    assert_sound(at)


def test_a_link_to_a_user_who_is_not_there_says_so(app):
    at = app(PAGE, user="nobody")
    assert "no user “nobody”" in at.warning[0].value and "Shown instead: user" in at.warning[0].value
    at.selectbox(key="user").set_value("8").run()
    assert not at.warning


def test_the_profile_is_drawn_when_it_is_opened(page, demo_run):
    assert not charts(page)
    page.session_state["people:profile"] = True
    page.run()
    found = profile(demo_run, person_of(demo_run, demo_run.dataset.user_row(7)))
    assert any(found.sentence.split(";")[0] in box.value for box in page.markdown)
    facets, decades, concepts = charts(page)
    assert facets["data"][0]["customdata"][::-1] == found.facets["name"].head(8).tolist()
    assert facets["data"][0]["x"][::-1] == pytest.approx(found.facets["share"].head(8).tolist())
    assert concepts["data"][0]["x"][::-1] == pytest.approx(found.concepts["value"].tolist())
    assert len(decades["data"][0]["x"]) == len(decades["data"][1]["x"]) > 2
    assert any(len(table) == found.items for table in tables(page))
    assert_sound(page)


def typed(at, user: str) -> None:
    """Type an id that is not among the options, which AppTest knows nothing of."""
    choice = at.selectbox(key="user")
    choice.options.append(f"User {user}")
    choice.set_value(user).run()


def test_of_very_many_users_some_are_offered_and_any_can_be_typed(app, monkeypatch, demo_run):
    monkeypatch.setattr(people, "MAX_OPTIONS", 100)
    monkeypatch.setattr("explorer.ui.user_kinds.MAX_OPTIONS", 100)
    at = app(PAGE, user="7")
    assert len(at.selectbox(key="user").options) == 2 and "User 7" in at.selectbox(key="user").options
    assert "people:persona" not in [pills.key for pills in at.pills]
    at.session_state["people:tastes"] = True
    assert at.run().pills(key="people:persona").options == [persona.name for persona in personas_of(demo_run)]
    last = str(demo_run.dataset.users["user_id"].iloc[-1])
    typed(at, last)
    assert parameter(at, "user") == last and f"User {last}" in at.selectbox(key="user").options
    typed(at, "![x](http://host/)")
    assert "There is no user" in at.warning[0].value and "\\[x\\]" in at.warning[0].value
    assert at.selectbox(key="user").value == last
    button(at, "Random").click().run()
    assert not at.warning


def test_of_very_many_titles_the_server_searches(app, monkeypatch, demo_run):
    monkeypatch.setattr(item_search, "MAX_OPTIONS", 100)
    title = str(demo_run.dataset.items["title"][200])
    at = app(PAGE, user="7")
    at.text_input(key="people:like-words").set_value(title).run()
    options = at.multiselect(key="likes").options
    assert title in options and len(options) <= 50
    at.multiselect(key="likes").set_value([str(demo_run.dataset.items["item_id"][200])]).run()
    assert listed(at) == steer(demo_run, fold_in(demo_run, [200])).recommender["row"].tolist()


def test_titles_that_are_equal_have_their_ids_and_strange_ones_stay_what_they_are(app, demo_run, open_instead):
    items = demo_run.dataset.items.copy()
    items.loc[[1, 2], "title"], items.loc[[1, 2], "year"] = "Twice", 1990
    items.loc[5, "title"] = "<img src=x onerror=alert(1)>" * 12
    open_instead(replace(demo_run, dataset=replace(demo_run.dataset, items=items)))
    at = app(PAGE, user="7")
    options = at.multiselect(key="likes").options
    assert {f"Twice · {items['item_id'][1]}", f"Twice · {items['item_id'][2]}"} <= set(options)
    at.multiselect(key="likes").set_value([str(items["item_id"][2]), str(items["item_id"][5])]).run()
    assert listed(at) == steer(demo_run, fold_in(demo_run, [2, 5])).recommender["row"].tolist()
    assert_sound(at)


def test_of_another_run_without_these_items_a_user_is_shown(app, page, demo_run, open_instead):
    new_person(page, demo_run, [3, 40])
    ids = demo_run.dataset.items["item_id"].astype(str) + "-other"
    items = demo_run.dataset.items.assign(item_id=ids)
    open_instead(replace(demo_run, dataset=replace(demo_run.dataset, items=items, fingerprint="another")))
    page.run()
    assert page.selectbox(key="user").value is not None
    assert_sound(page)


def test_a_new_person_has_a_list_where_the_score_is_not_a_dot_product(app, tiny_runs, runs_folder, open_instead):
    run = save_run(tiny_runs("ncf"), runs_folder / "this")
    open_instead(run)
    at = app(PAGE, run="this", user="7")
    new_person(at, run, [3, 40])
    assert listed(at) == steer(run, fold_in(run, [3, 40])).recommender["row"].tolist()
    assert_sound(at)


def test_a_user_without_a_history_has_a_list_and_a_profile(app, demo_run, open_instead):
    data = demo_run.dataset
    row = data.user_row(7)
    others = data.interactions[data.interactions["user"] != row]
    open_instead(replace(demo_run, dataset=replace(data, interactions=others)))
    at = app(PAGE, user="7")
    at.session_state["people:profile"] = True
    at.run()
    assert len(listed(at)) == 20
    assert any(box.value == "No film of this person is known." for box in at.markdown)
    assert_sound(at)
