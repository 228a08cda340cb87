"""`hierarchy RUN --user ID`: the lists and sentences of the page, and what is refused in words."""

from __future__ import annotations

import pytest

from explorer.hierarchy.hierarchy import ONE_LEVEL
from explorer.steering import level_lists
from explorer.steering.level_words import level_sentences
from explorer.threads import use_threads
from tests.helpers import assert_is_an_error


@pytest.fixture(autouse=True)
def one_thread_again():
    yield
    use_threads()


def test_one_users_lists_and_what_each_level_adds_are_printed(cli, read_json, tiny_variants):
    run = tiny_variants("nested")
    user = str(run.dataset.users["user_id"].iloc[17])
    lists = level_lists(run, 17, 10)
    sentences = level_sentences(lists, run.index.neurons["label"].tolist(), run.dataset.nouns)
    said = cli("hierarchy", run.path, "--user", user, "--top", "10")
    assert said.code == 0 and all(sentence in said.out for sentence in sentences)
    found = read_json("hierarchy", run.path, "--user", user, "--top", "10")
    assert [level["sentence"] for level in found["levels"]] == sentences
    for level, printed in zip(lists.levels, found["levels"], strict=True):
        assert [row["item_id"] for row in printed["list"]] == level.table["item_id"].tolist()
        assert [row["concept"] or 0 for row in printed["list"]] == level.table["concept"].clip(lower=0).tolist()
        assert [row["rank"] for row in printed["lost"]] == level.lost["rank"].tolist()
        assert printed["new"] == level.n_new and printed["agreement"] == pytest.approx(level.agreement)


def test_a_user_who_is_not_there_one_level_and_no_length_are_said(cli, tiny_variants, tiny_runs):
    run = tiny_variants("nested")
    assert_is_an_error(cli("hierarchy", run.path, "--user", "nobody"), "There is no user")
    assert_is_an_error(cli("hierarchy", run.path, "--user", "1", "--top", "0"), "at least 1")
    assert_is_an_error(cli("hierarchy", tiny_runs("ncf").path, "--user", "1"), ONE_LEVEL)
