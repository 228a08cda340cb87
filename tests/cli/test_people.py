"""Whose list `steer` steers: a person who is not in the data, too."""

from __future__ import annotations

import pytest

from explorer.people import fold_in, personas_of, profile
from explorer.steering import person_of, steer
from tests.helpers import assert_is_an_error


def test_a_new_person_is_made_from_ids_and_titles_and_has_no_user(tiny_run, read_json):
    items = tiny_run.dataset.items
    likes = ["--likes", items["item_id"][4], "--likes", items["title"][30].upper()]
    done = read_json("steer", tiny_run.path, *likes, "--top", 7)
    lists = steer(tiny_run, fold_in(tiny_run, [30, 4]), top=7)
    assert done["user"] is None
    assert done["likes"] == items.loc[[4, 30], ["item_id", "title"]].to_dict("records")
    assert [row["item_id"] for row in done["steered"]] == lists.recommender["item_id"].tolist()
    assert not {4, 30} & set(lists.recommender["row"])
    assert done["effect"]["held_out"] == 0


def test_a_user_of_the_data_has_no_likes(tiny_run, read_json):
    done = read_json("steer", tiny_run.path, "--user", 1, "--top", 3)
    assert done["user"] == 1 and done["likes"] is None


def test_the_printed_list_says_that_the_person_is_new(tiny_run, cli):
    said = cli("steer", tiny_run.path, "--likes", tiny_run.dataset.items["item_id"][0], "--top", 3).out
    assert said.startswith(f"A new person who likes {tiny_run.dataset.nouns.count_items(1)}, exact mode, 0 changes\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], ["--user", "--likes", "required"]),
        (["--user", "1", "--likes", "1"], ["--likes", "not allowed with", "--user"]),
        (["--likes", "no such title"], ["'no such title'", "id", "title"]),
        (["--likes", ""], ["title"]),
    ],
)
def test_who_is_not_clear_is_an_error_in_one_line(tiny_run, cli, options, words):
    assert_is_an_error(cli("steer", tiny_run.path, *options), *words)


def test_a_part_of_several_titles_names_some_of_them_with_their_ids(tiny_run, cli):
    items = tiny_run.dataset.items
    part = next(
        text[:3] for text in items["title"] if items["title"].str.contains(text[:3], case=False, regex=False).sum() > 1
    )
    done = cli("steer", tiny_run.path, "--likes", part)
    assert_is_an_error(done, repr(part), "give the id of one")
    assert any(f"{title} has {item}" in done.err for item, title in zip(items["item_id"], items["title"], strict=True))


def test_kinds_of_users_come_with_examples_and_a_reason(tiny_run, read_json, cli):
    found = read_json("people", tiny_run.path, "--examples", 2)["personas"]
    expected = personas_of(tiny_run)
    ids = tiny_run.dataset.users["user_id"]
    assert [one["name"] for one in found] == [one.name for one in expected]
    assert found[0] == {
        "name": expected[0].name,
        "why": expected[0].why,
        "users": len(expected[0].users),
        "examples": ids.iloc[expected[0].users[:2]].tolist(),
    }
    said = cli("people", tiny_run.path).out
    assert all(one.name in said and one.why in said for one in expected)


def test_the_profile_of_a_user_or_a_new_person_is_the_librarys(tiny_run, read_json, cli):
    user = tiny_run.dataset.users["user_id"][5]
    done, found = read_json("people", tiny_run.path, "--user", user), profile(tiny_run, person_of(tiny_run, 5))
    assert done["user"] == user and done["likes"] is None and done["sentence"] == found.sentence
    assert [one["name"] for one in done["facets"]] == found.facets["name"].tolist()
    assert [one["neuron"] for one in done["concepts"]] == found.concepts["neuron"].tolist()
    assert cli("people", tiny_run.path, "--user", user).out.startswith(f"User {user}: {found.sentence}\n")
    new = read_json("people", tiny_run.path, "--likes", tiny_run.dataset.items["item_id"][3])
    assert new["user"] is None and len(new["likes"]) == 1 and new["items"] == 1


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--user", "nobody"], "'nobody'"),
        (["--examples", "0"], "--examples 0"),
        (["--likes", "zzz"], "'zzz'"),
    ],
)
def test_mistakes_about_people_are_one_line(tiny_run, cli, options, word):
    assert_is_an_error(cli("people", tiny_run.path, *options), word)
