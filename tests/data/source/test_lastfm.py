"""Last.fm in HetRec's layout, on small files written here, and at full size."""

from __future__ import annotations

import pytest

from explorer.data import DataConfig, find_source, load_dataset
from explorer.data.source import lastfm
from explorer.data.source.lastfm import clean_tag
from tests.data.source.tables import tables_of
from tests.helpers import csv, refused


def tabs(*rows: str) -> str:
    return csv(*(row.replace(" | ", "\t") for row in rows))


GIVEN = ((2, 7, 1), (3, 7, 2), (4, 7, 2), (2, 7, 3), (3, 7, 3), (2, 7, 5), (3, 7, 5), (2, 8, 2))
"""Listener, artist, tag."""
RELEASE = {
    "user_artists.dat": tabs("userID | artistID | weight", "2 | 7 | 100", "2 | 8 | 5", "3 | 7 | 1"),
    "artists.dat": tabs("id | name | url | pictureURL", '7 | "Weird" Björk (1999) | u | p', "8 | NA | u | p"),
    "tags.dat": tabs(
        "tagID | tagValue", "1 | Synth-Pop", "2 | synthpop", "3 | seen live", "4 | 80s", "5 | café"
    ).encode("latin-1"),
    "user_taggedartists.dat": tabs(
        "userID | artistID | tagID | day | month | year",
        *(f"{user} | {artist} | {tag} | 1 | 4 | 2009" for user, artist, tag in GIVEN),
    ),
}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Write the release, with the given files in place of its own, and read it; one artist makes a genre here."""
    monkeypatch.setattr(lastfm, "MIN_ARTISTS", 1)

    def read(files=(), **config):
        for name, content in {**RELEASE, **dict(files)}.items():
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tables_of(find_source(str(tmp_path)), DataConfig(**{"min_item_interactions": 1, **config}))

    return read


def without_header(content):
    return content.split(b"\n" if isinstance(content, bytes) else "\n", 1)[1]


@pytest.mark.parametrize("headless", [(), tuple(RELEASE)], ids=["with headers", "without"])
def test_the_release_is_read_with_and_without_its_header_rows(headless, read):
    interactions, items = read({name: without_header(RELEASE[name]) for name in headless})
    assert interactions[["user_id", "item_id", "rating"]].values.tolist() == [[2, 7, 100], [2, 8, 5], [3, 7, 1]]
    assert items["title"].tolist() == ['"Weird" Björk (1999)', "NA"]
    assert items["year"].isna().all()


def test_the_spellings_of_a_tag_are_one_genre_and_too_few_listeners_make_none(read):
    _, items = read()
    assert [sorted(genres) for genres in items["genres"]] == [["café", "synthpop"], []]


NOT_MUSIC = (
    "80s",
    "1990s",
    "80's",
    "the 80s",
    "seen live",
    "Favorites",
    "<3",
    "love",
    "my favourite songs",
    "",
    "x" * 101,
)


@pytest.mark.parametrize(
    ("tag", "cleaned"),
    [
        ("Hip-Hop", "hip hop"),
        ("  Post  Rock ", "post rock"),
        ("rnb", "r&b"),
        ("female vocalist", "female vocalists"),
        ("blues", "blues"),
        ("lovers rock", "lovers rock"),
        ("sad core", "sad core"),
        *((tag, None) for tag in NOT_MUSIC),
    ],
)
def test_tags_are_cleaned_of_spelling_decades_and_feelings(tag, cleaned):
    assert clean_tag(tag) == cleaned


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"tags.dat": None}, ["tags.dat", "does not exist"]),
        ({"user_artists.dat": ""}, ["user_artists.dat", "empty"]),
        ({"user_artists.dat": tabs("2 | 7 | 100", "2 | 9 | 1")}, ["user_artists.dat", "row 2", "'9'", "items table"]),
        ({"user_artists.dat": tabs("userID | artistID | weight", "2 | 7 | much")}, ["row 2", "rating", "much"]),
        ({"artists.dat": b"7\tBj\xf6rk\tu\tp\n"}, ["artists.dat", "UTF-8"]),
        ({"tags.dat": tabs("1 | rock | more")}, ["tags.dat", "3 cells instead of 2", "HetRec"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_bad_release_is_refused_in_one_sentence(files, words, read):
    with refused(*words):
        read(files)


@pytest.mark.realdata
def test_the_published_files_load_with_genres_that_many_artists_carry(real_data):
    dataset = load_dataset(str(real_data / "hetrec2011-lastfm-2k"))
    assert dataset.n_items == (dataset.items["popularity"] >= 0).sum()
    assert 2500 < dataset.n_items < 3000 and 1800 < dataset.n_users <= 1892
    assert {"rock", "hip hop", "jazz", "metal"} <= set(dataset.genres)
    assert not {"seen live", "80s", "love"} & set(dataset.genres)
    assert dataset.genre_matrix.sum(axis=0).min() >= lastfm.MIN_ARTISTS
    assert dataset.genre_matrix.any(axis=1).mean() > 0.8
