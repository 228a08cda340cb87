"""Groups that lie together get the name of what they have in common, coarse ones made of fine ones."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.maps import MAP_KINDS, cluster_labels, make_map
from explorer.maps import clusters as clusters_module
from explorer.maps.clusters import SCALES, cluster_points
from explorer.maps.group_names import common_name
from tests.maps.conftest import points


def blobs(counts: list[int], spread: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Points around places on a circle, and the place of each."""
    rng = np.random.default_rng(2)
    place = np.repeat(np.arange(len(counts)), counts)
    angle = 2 * np.pi * place / len(counts)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + spread * rng.normal(size=(len(place), 2)), place


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    return len(set(zip(a.tolist(), b.tolist(), strict=True))) == len(set(a.tolist())) == len(set(b.tolist()))


def test_planted_clusters_are_found_and_the_largest_is_number_0():
    xy, place = blobs([40, 60, 50, 30, 45, 55])
    coarse = cluster_points(xy)[:, 0]
    assert same_partition(coarse, place)
    assert np.bincount(coarse).tolist() == [60, 55, 50, 45, 40, 30]


def test_every_fine_cluster_is_part_of_one_coarse_cluster(rng):
    levels = cluster_points(rng.normal(size=(900, 2)))
    assert levels.shape == (900, len(SCALES))
    assert [len(set(level.tolist())) for level in levels.T] == list(SCALES)
    for coarse, fine in zip(levels.T, levels.T[1:], strict=False):
        assert len(set(zip(coarse.tolist(), fine.tolist(), strict=True))) == len(set(fine.tolist()))


def test_of_many_points_a_sample_is_linked_and_the_others_go_with_it(monkeypatch):
    xy, place = blobs([200] * 6)
    monkeypatch.setattr(clusters_module, "LINKED_POINTS", 300)
    assert same_partition(cluster_points(xy)[:, 0], place)


@pytest.mark.parametrize(("n", "levels"), [(0, 1), (1, 1), (2, 1), (10, 1), (64, 2), (200, 3)])
def test_a_small_map_has_fewer_clusters_and_levels(rng, n, levels):
    assert cluster_points(rng.normal(size=(n, 2))).shape == (n, levels)


def test_points_at_one_place_are_one_cluster():
    assert not cluster_points(np.zeros((60, 2))).any()


# --- names


def with_items(run, genres: list[list[str]], years=None):
    """The run with other items: so many, all equally popular."""
    n = len(genres)
    years = pd.array([2000 + i % 2 * 15 for i in range(n)] if years is None else years, dtype="Int64")
    items = pd.DataFrame({"item_id": np.arange(n), "title": "x", "genres": genres, "year": years, "popularity": 5})
    return replace(run, dataset=replace(run.dataset, items=items))


def test_planted_genres_name_their_clusters(run):
    names = ["Horror", "War", "Dance", "Crime", "Satire", "Music"]
    xy, place = blobs([40] * 6)
    rng = np.random.default_rng(0)
    genres = [[names[p]] if rng.random() < 0.9 else [names[rng.integers(6)]] for p in place]
    table = points(row=np.arange(len(xy)), x=xy[:, 0], y=xy[:, 1])
    labels = cluster_labels(with_items(run, genres), table)
    coarse = labels[labels["zoom"] == 0]
    assert sorted(coarse["name"]) == sorted(names)
    for row in coarse.itertuples():
        centre = xy[place == names.index(row.name)].mean(axis=0)
        np.testing.assert_allclose([row.x, row.y], centre, atol=1e-5)
        assert row.size == 40 and 0 < row.radius < 0.1


def test_a_decade_names_a_cluster_too_and_what_half_have_not_is_partly(run):
    xy, place = blobs([40] * 6)
    years = np.where(place == 0, 1955, 2000 + np.arange(len(place)) % 2 * 15)
    genres = [["War"] if p == 1 and i % 5 < 2 else [f"G{i % 12}"] for i, p in enumerate(place)]
    labels = cluster_labels(with_items(run, genres, years), points(x=xy[:, 0], y=xy[:, 1]))
    coarse = labels[labels["zoom"] == 0]
    # All titles are the same here, so that one example is taken and the others have none.
    assert sorted(coarse["name"]) == ["", "", "", "1950s", "Partly War", "like x"]


def test_clusters_of_random_genres_have_no_name(run, rng):
    xy, _ = blobs([40] * 6)
    genres = [[f"G{g}"] for g in rng.integers(4, size=len(xy))]
    labels = cluster_labels(with_items(run, genres), points(x=xy[:, 0], y=xy[:, 1]))
    assert labels["name"].str.match(r"(like x)?$").mean() > 0.95


@pytest.mark.parametrize("kind", MAP_KINDS)
def test_the_labels_of_a_run_are_a_table_with_every_point_in_a_cluster_of_every_level(run, kind):
    table = make_map(run, kind, "pca").table
    labels = cluster_labels(run, table)
    assert list(labels.columns) == ["zoom", "cluster", "size", "x", "y", "radius", "name"]
    assert [str(dtype) for dtype in labels.dtypes] == ["int8", *["int32"] * 2, *["float32"] * 3, "string"]
    assert (labels.groupby("zoom")["size"].sum() == len(table)).all()
    assert np.isfinite(labels[["x", "y", "radius"]].to_numpy()).all() and (labels["name"] != "").all()


@pytest.mark.parametrize("variant", ["topk-no-years", "relu-no-genres"])
def test_a_data_set_that_says_less_has_labels_all_the_same(tiny_variants, variant):
    run = tiny_variants(variant)
    for kind in MAP_KINDS:
        assert len(cluster_labels(run, make_map(run, kind, "pca").table))


@pytest.mark.parametrize("variant", ["als", "matryoshka", "topk-no-years", "relu-no-genres"])
def test_no_two_groups_of_a_level_have_one_name(run, tiny_variants, variant):
    some = run if variant == "als" else tiny_variants(variant)
    for kind in MAP_KINDS:
        labels = cluster_labels(some, make_map(some, kind, "pca").table)
        assert len(labels) > 4 and (labels["name"] != "").all()
        assert not labels.duplicated(["zoom", "name"]).any()


def test_groups_of_one_name_are_told_apart_by_what_one_of_them_has_more_of(run):
    xy, place = blobs([48] * 6)
    genres = [
        ["Drama", "Satire"] if p == 0 and i % 3 == 0 else ["Drama"] if p < 4 else ["War"] for i, p in enumerate(place)
    ]
    years = np.where(place == 1, 1955, 2000 + np.arange(len(place)) % 2 * 15)
    some = with_items(run, genres, years)
    items = some.dataset.items.assign(title=[f"Title {i}" for i in range(len(xy))])
    items.loc[100, "popularity"] = 50
    labels = cluster_labels(replace(some, dataset=replace(some.dataset, items=items)), points(x=xy[:, 0], y=xy[:, 1]))
    names = labels[labels["zoom"] == 0]["name"].tolist()
    assert {"Drama, partly Satire", "Drama, 1950s", "Drama: like Title 100"} < set(names) and len(set(names)) == 6
    assert sum(name.startswith("War: like Title") for name in names) == 2


def test_three_hundred_facets_are_named_in_a_moment(run):
    rng = np.random.default_rng(3)
    xy, place = blobs([100] * 6)
    genres = [[f"Tag {50 * p + g}" for g in rng.choice(50, 30, replace=False)] for p in place]
    some = with_items(run, genres)
    assert len(some.dataset.genres) == 300
    began = time.perf_counter()
    labels = cluster_labels(some, points(x=xy[:, 0], y=xy[:, 1]))
    assert time.perf_counter() - began < 5
    assert labels[labels["zoom"] == 0]["name"].str.startswith("Tag").sum() == 6


def test_a_map_without_points_has_no_labels(run):
    labels = cluster_labels(run, points(row=np.arange(0)))
    assert len(labels) == 0 and str(labels["zoom"].dtype) == "int8"


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (["Horror", "Horror", "War"], "Horror"),
        (["Horror, 1980s", "Horror, popular", "War", "unclear"], "Horror"),
        (["War, popular", "Horror, popular", "Dance, popular"], "Popular"),
        (["Horror", "War", "Dance"], ""),
        (["unclear"] * 9 + ["Horror"], ""),
        (["unclear"] * 9 + ["Horror"] * 2, ""),
        (["unclear", "never fires"], ""),
        (["Horror"], "Horror"),
        ([], ""),
        (["War", "War", "Horror", "Horror"], "Horror"),
    ],
)
def test_neurons_give_their_cluster_the_name_that_most_have(labels, name):
    assert common_name(labels) == name == common_name(labels[::-1])
