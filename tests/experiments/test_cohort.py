"""Users that fit a rule, against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.experiments import cohort_of, cohort_of_file, cohort_of_ids
from explorer.measures import COMPARED_LENGTH
from explorer.steering import steer
from tests.helpers import refused


def share(run, user: int, genre: str) -> float:
    return np.mean([genre in genres for genres in run.dataset.history(user)["genres"]])


def fitting(run, rule) -> list[int]:
    return [user for user in range(run.dataset.n_users) if rule(user)]


@pytest.fixture
def genre(tiny_run) -> str:
    return tiny_run.dataset.genres[0]


def test_everybody_is_everybody(tiny_run):
    cohort = cohort_of(tiny_run)
    assert cohort.users.tolist() == list(range(tiny_run.dataset.n_users))
    assert (len(cohort), cohort.found, cohort.rule) == (200, 200, "all")
    assert cohort_of(tiny_run, " ALL ").users.tolist() == cohort.users.tolist()


@pytest.mark.parametrize(("sign", "holds"), [(">=", np.greater_equal), ("<", np.less), (">", np.greater)])
def test_a_genre_is_its_share_of_the_known_interactions(tiny_run, genre, sign, holds):
    wanted = fitting(tiny_run, lambda user: holds(share(tiny_run, user, genre), 0.25))
    assert 0 < len(wanted) < 200
    for text in (f"{genre} {sign} 0.25", f"{genre.lower()}{sign}25%", f'"{genre}" {sign} 1/4'):
        assert cohort_of(tiny_run, text).users.tolist() == wanted


def test_conditions_are_joined_by_and(tiny_run, genre):
    long = np.median(np.diff(tiny_run.dataset.seen.indptr))
    wanted = fitting(
        tiny_run, lambda user: len(tiny_run.dataset.history(user)) >= long and share(tiny_run, user, genre) > 0.2
    )
    assert cohort_of(tiny_run, f"history >= {long:g} AND {genre} > 0.2").users.tolist() == wanted


def test_popularity_and_year_are_means_over_the_history(tiny_run):
    data = tiny_run.dataset
    order = data.items["popularity"].rank().to_numpy()
    percentile = (order - 1) / (data.n_items - 1)
    rows = [data.history(user).index.to_numpy() for user in range(data.n_users)]
    popular = np.array([percentile[row].mean() for row in rows])
    years = np.array([data.items["year"].iloc[row].dropna().astype(float).mean() for row in rows])
    for name, values in (("popularity", popular), ("year", years)):
        middle = float(np.round(np.median(values), 4))
        found = cohort_of(tiny_run, f"{name} >= {middle}").users
        assert found.tolist() == np.flatnonzero(values >= middle).tolist()


def test_a_neuron_counts_in_multiples_of_its_strongest_user(tiny_run):
    values = tiny_run.reconstruction.user_activations.numpy() / tiny_run.units
    neuron = int((values > 0).mean(axis=0).argmax())
    cohort = cohort_of(tiny_run, f"neuron {neuron} >= 0.5")
    assert cohort.users.tolist() == np.flatnonzero(values[:, neuron] >= 0.5).tolist()
    top = cohort_of(tiny_run, f"top 10% of neuron {neuron}").users
    assert sorted(np.argsort(-values[:, neuron], kind="stable")[:20]) == top.tolist()
    assert cohort_of(tiny_run, f"top 20 neuron {neuron}").users.tolist() == top.tolist()


def test_a_share_of_the_list_is_that_of_the_recommenders_own(tiny_run, genre):
    def of_list(user: int) -> float:
        return steer(tiny_run, user, top=COMPARED_LENGTH).recommender["genres"].map(lambda has: genre in has).mean()

    wanted = fitting(tiny_run, lambda user: of_list(user) >= 0.3)
    assert 0 < len(wanted) < 200
    assert cohort_of(tiny_run, f"list {genre} >= 0.3").users.tolist() == wanted


def test_a_name_with_the_word_and_stands_in_quotes(tiny_run, monkeypatch):
    data = tiny_run.dataset
    names = ["drum and bass", "a >= b", *data.genres[2:]]
    monkeypatch.setitem(data.__dict__, "genres", names)
    for name, old in zip(names[:2], range(2), strict=True):
        wanted = cohort_of(tiny_run, f'"{name}" > 0.2 and history >= 1').users
        shares = [data.genre_matrix[data.history(user).index, old].mean() for user in range(200)]
        assert wanted.tolist() == np.flatnonzero(np.array(shares) > 0.2).tolist()


def test_a_sample_is_drawn_by_its_seed_and_the_number_of_those_who_fit_is_kept(tiny_run):
    cohort = cohort_of(tiny_run, "all", 30, seed=1)
    assert (len(cohort), cohort.found) == (30, 200)
    assert (np.diff(cohort.users) > 0).all()
    assert cohort_of(tiny_run, "all", 30, seed=1).users.tolist() == cohort.users.tolist()
    assert cohort_of(tiny_run, "all", 30, seed=2).users.tolist() != cohort.users.tolist()
    assert len(cohort_of(tiny_run, "all", 1000)) == 200


def test_halves_share_nobody_and_leave_nobody_out(tiny_run):
    first, second = cohort_of(tiny_run, "all", 31).halves(0)
    assert (len(first), len(second)) == (15, 16)
    assert sorted([*first.users, *second.users]) == cohort_of(tiny_run, "all", 31).users.tolist()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("history >= 100000", ["No user fits", "history is between"]),
        ("neuron 999 > 0", ["no neuron 999", "0 to 31"]),
        ("Nonsense >= 0.3", ["'Nonsense' is neither a genre", "history, popularity, year"]),
        ("Horror is nice", ["is not a condition", "history >= 50"]),
        ("history >= 1/0", ["1/0 is not a number"]),
        ("history >= 5 and popularity > 2", ["popularity is between"]),
        ("history > 1 and", ["is not a condition"]),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_in_a_sentence(tiny_run, rule, words):
    with refused(*words):
        cohort_of(tiny_run, rule)


def test_conditions_that_exclude_each_other_are_named_as_a_whole(tiny_run):
    middle = np.median(np.diff(tiny_run.dataset.seen.indptr))
    with refused("No user fits", "no user fits all conditions"):
        cohort_of(tiny_run, f"history > {middle:g} and history < {middle:g}")


def test_without_genres_a_rule_with_one_says_so(tiny_variants):
    with refused("has no genres"):
        cohort_of(tiny_variants("relu-no-genres"), "Horror > 0.1")


@pytest.mark.parametrize("text", ["{0}\n\n{1}\n{0}\n", "name,user_id\nx,{0}\ny,{1}\n", "\ufeffuser_id\n{1}\n{0}\n"])
def test_ids_are_read_from_lines_or_from_a_column(tiny_run, tmp_path, text):
    ids = tiny_run.dataset.users["user_id"].iloc[[17, 3]].tolist()
    path = tmp_path / "ids.txt"
    path.write_text(text.format(*ids), encoding="utf-8")
    cohort = cohort_of_file(tiny_run, path)
    assert (cohort.users.tolist(), cohort.rule) == ([3, 17], "ids.txt")


def test_unknown_ids_and_unreadable_files_are_said_in_a_sentence(tiny_run, tmp_path):
    known = tiny_run.dataset.users["user_id"].iloc[0]
    with refused("2 of 3 ids", "not users of", "nobody, 99999"):
        cohort_of_ids(tiny_run, [known, "nobody", 99999])
    with refused("no ids", "one user id per line"):
        cohort_of_ids(tiny_run, [])
    with refused("cannot be read"):
        cohort_of_file(tiny_run, tmp_path / "missing.txt")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with refused("not text in UTF-8"):
        cohort_of_file(tiny_run, tmp_path / "bytes")


def test_a_sample_of_nobody_is_refused(tiny_run):
    with refused("must be at least 1"):
        cohort_of(tiny_run, "all", 0)
