"""MovieLens in the publisher's layouts, on small files written here, and at full size."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer.data import DataConfig, load_dataset
from explorer.data.readers.movielens import read_movielens
from tests.helpers import csv, refused

CSV_RELEASE = {
    "ratings.csv": csv(
        "userId,movieId,rating,timestamp", "5,1,4.0,964982703", "1,20,3.5,964982704", "1,1,2.0,9", "5,3,5.0,964982705"
    ),
    "movies.csv": csv(
        "movieId,title,genres",
        '20,"Heat, The (1995)",Action|Crime',
        "1,Toy Story,(no genres listed)",
        "3,M*A*S*H (a.k.a. MASH) (1970),Comedy",
    ),
    "tags.csv": csv("userId,movieId,tag,timestamp", "1,1,fun,9"),
}
DAT_RELEASE = {
    "ratings.dat": csv("1::260::5::978300760", "1::73::4::978300761", "2::260::3::9"),
    "movies.dat": csv(
        "260::Star Wars: Episode I (1999)::Action|Sci-Fi",
        "73::Misérables, Les (1995)::Drama|Musical",
        '4::"Quoted" Film (1990)::Comedy',
    ).encode("latin-1"),
}


@pytest.fixture
def read(tmp_path):
    """Write a release whose good files are replaced by those given (None leaves one out), and read it."""

    def read(release, files=(), **config):
        for name, content in {**release, **dict(files)}.items():
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_movielens(tmp_path, DataConfig(**config))

    return read


def as_rows(interactions) -> set[tuple]:
    columns = ["user_id", "item_id", "rating", "timestamp"]
    return set(interactions[columns].itertuples(index=False, name=None))


def by_id(items, column) -> dict:
    return dict(zip(items["item_id"], items[column], strict=True))


def more(release, file, *rows):
    """One file of a release with further rows."""
    text = release[file]
    return {file: text + csv(*rows).encode("latin-1") if isinstance(text, bytes) else text + csv(*rows)}


@pytest.mark.parametrize("column", ["rating", "rate"])
def test_the_csv_release_is_read_whatever_its_rating_column_is_called(column, read):
    ratings = CSV_RELEASE["ratings.csv"].replace("rating", column)
    interactions, items = read(CSV_RELEASE, {"ratings.csv": ratings})
    assert as_rows(interactions) == {
        (5, 1, 4.0, 964982703),
        (1, 20, 3.5, 964982704),
        (1, 1, 2.0, 9),
        (5, 3, 5.0, 964982705),
    }
    assert by_id(items, "title") == {20: "Heat, The (1995)", 1: "Toy Story", 3: "M*A*S*H (a.k.a. MASH) (1970)"}
    assert by_id(items, "genres") == {20: ["Action", "Crime"], 1: [], 3: ["Comedy"]}
    assert by_id(items.dropna(), "year") == {20: 1995, 3: 1970}


@pytest.mark.parametrize("title", ["NA", "null", "None"])
def test_a_film_whose_title_looks_like_a_missing_value_stays_in_the_csv_release(title, read):
    extra = more(CSV_RELEASE, "movies.csv", f"7,{title},Drama")
    _, items = read(CSV_RELEASE, extra)
    assert by_id(items, "title").get(7) == title


def test_the_dat_release_is_read_with_colons_and_accents_in_titles(read):
    interactions, items = read(DAT_RELEASE)
    assert as_rows(interactions) == {(1, 260, 5.0, 978300760), (1, 73, 4.0, 978300761), (2, 260, 3.0, 9)}
    assert by_id(items, "title") == {
        260: "Star Wars: Episode I (1999)",
        73: "Misérables, Les (1995)",
        4: '"Quoted" Film (1990)',
    }
    assert by_id(items, "genres") == {260: ["Action", "Sci-Fi"], 73: ["Drama", "Musical"], 4: ["Comedy"]}
    assert by_id(items, "year") == {260: 1999, 73: 1995, 4: 1990}


def test_the_releases_are_read_with_line_ends_of_an_old_mac(read):
    def changed(content):
        return content.replace(b"\n", b"\r") if isinstance(content, bytes) else content.replace("\n", "\r")

    for release in (DAT_RELEASE, CSV_RELEASE):  # a folder with both is read as CSV
        expected = read(release)
        for table, same in zip(read({name: changed(text) for name, text in release.items()}), expected, strict=True):
            pd.testing.assert_frame_equal(table, same)


@pytest.mark.parametrize(
    ("release", "row", "kept"),
    [
        (CSV_RELEASE, {"ratings.csv": "5,1,1.0,99"}, (5, 1, 1.0, 99)),
        (DAT_RELEASE, {"ratings.dat": "1::260::1::99"}, (1, 260, 1.0, 99)),
    ],
    ids=["csv", "dat"],
)
class TestARatingGivenTwice:
    def test_is_refused_with_the_setting_that_merges(self, release, row, kept, read):
        ((file, text),) = row.items()
        with refused(file, "data.duplicates=merge"):
            read(release, more(release, file, text))

    def test_is_merged_on_request_and_the_last_one_stays(self, release, row, kept, read):
        ((file, text),) = row.items()
        interactions, _ = read(release, more(release, file, text), duplicates="merge")
        assert [rows for rows in as_rows(interactions) if rows[:2] == kept[:2]] == [kept]


@pytest.mark.parametrize("kind", ["csv", "dat"])
@pytest.mark.parametrize("ids", [[1, 2, 3, 4294967297], [1, 2, 3, 2**64 + 1]], ids=["64 bits", "more"])
def test_ids_beyond_32_bits_stay_apart(ids, kind, read):
    if kind == "csv":
        films = csv("movieId,title,genres", *(f"{film},Film,Drama" for film in ids))
        ratings = csv("userId,movieId,rating,timestamp", *(f"{user},{film},4.0,9" for user in ids for film in ids))
        interactions, items = read({"movies.csv": films, "ratings.csv": ratings})
    else:
        films = csv(*(f"{film}::Film::Drama" for film in ids))
        ratings = csv(*(f"{user}::{film}::4::9" for user in ids for film in ids))
        interactions, items = read({"movies.dat": films, "ratings.dat": ratings})
    assert items["item_id"].astype(str).tolist() == list(map(str, ids))
    assert len(interactions) == 16
    assert set(interactions["user_id"].astype(str)) == set(map(str, ids))


BAD_CSV = {
    "no ratings": ({"ratings.csv": None}, ["ratings.csv", "does not exist"]),
    "no movies": ({"movies.csv": None}, ["movies.csv", "does not exist"]),
    "no rating column": (
        {"ratings.csv": csv("userId,movieId,stars,timestamp", "1,1,4,9")},
        ["ratings.csv", "'rating'"],
    ),
    "no title column": ({"movies.csv": csv("movieId,name,genres", "1,X,Y")}, ["movies.csv", "'title'", "'name'"]),
    "empty ratings": ({"ratings.csv": ""}, ["ratings.csv", "empty"]),
    "no ratings below the header": (
        {"ratings.csv": csv("userId,movieId,rating,timestamp")},
        ["ratings.csv", "no rows"],
    ),
    "empty movies": ({"movies.csv": ""}, ["movies.csv", "empty"]),
    "user of words": (more(CSV_RELEASE, "ratings.csv", "ann,1,3,9"), ["ann"]),
    **{
        f"user {user}": (
            more(CSV_RELEASE, "ratings.csv", f"{user},1,3,9"),
            ["row 6", f"userId '{user}'", "whole number"],
        )
        for user in ("-0", "+7", "007", "1.0", "７", "1e3")
    },
    "NUL": (more(CSV_RELEASE, "ratings.csv", "7,1,3\0,9"), ["ratings.csv", "row 6", "NUL byte"]),
    "rating of words": (more(CSV_RELEASE, "ratings.csv", "7,1,good,9"), ["good"]),
    "time of words": (more(CSV_RELEASE, "ratings.csv", "7,1,3,noon"), ["noon"]),
    "film of words": (more(CSV_RELEASE, "movies.csv", "x,Film,Drama"), ["x"]),
    "rating blank": (more(CSV_RELEASE, "ratings.csv", "0,1,,9"), ["ratings.csv", "row 6", "rating"]),
    "unknown film": (more(CSV_RELEASE, "ratings.csv", "9,77,3,9"), ["ratings.csv", "77", "movies.csv"]),
    "film twice": (more(CSV_RELEASE, "movies.csv", "20,Again,Drama"), []),
    "latin-1": (more({"movies.csv": b"movieId,title,genres\n"}, "movies.csv", "5,é,Y"), ["movies.csv", "UTF-8"]),
}
BAD_DAT = {
    "no ratings": ({"ratings.dat": None}, ["ratings.dat", "does not exist"]),
    "no movies": ({"movies.dat": None}, ["movies.dat", "does not exist"]),
    "empty ratings": ({"ratings.dat": ""}, ["ratings.dat", "empty", "archive"]),
    "empty movies": ({"movies.dat": " \n"}, ["movies.dat", "empty", "archive"]),
    "no times": ({"ratings.dat": csv("1::260::5", "1::73::4")}, ["ratings.dat", "timestamp"]),
    "commas": ({"ratings.dat": csv("1,260,5,9")}, ["ratings.dat"]),
    "rating of words": (more(DAT_RELEASE, "ratings.dat", "3::73::good::9"), ["ratings.dat", "row 4", "'good'"]),
    "time of words": (more(DAT_RELEASE, "ratings.dat", "3::73::4::noon"), ["ratings.dat", "'noon'"]),
    "unknown film": (more(DAT_RELEASE, "ratings.dat", "3::77::4::9"), ["ratings.dat", "77", "movies.dat"]),
    "film twice": (more(DAT_RELEASE, "movies.dat", "73::Again::Drama"), ["movies.dat", "73"]),
    "NUL": (more(DAT_RELEASE, "movies.dat", "9::A\0B::Drama"), ["movies.dat", "row 4", "NUL byte"]),
    "our own separator": (more(DAT_RELEASE, "movies.dat", "9::A\x1fB::Drama"), ["movies.dat", "row 4", "0x1f"]),
    "row too long": (more(DAT_RELEASE, "ratings.dat", "3::73::4::9::1"), ["ratings.dat"]),
    "first row too long": ({"ratings.dat": csv("3::73::4::9::1", "3::260::4::9")}, ["ratings.dat"]),
}


@pytest.mark.parametrize(
    ("release", "files", "words"),
    [
        pytest.param(release, *case, id=f"{kind}: {name}")
        for kind, release, cases in (("csv", CSV_RELEASE, BAD_CSV), ("dat", DAT_RELEASE, BAD_DAT))
        for name, case in cases.items()
    ],
)
def test_a_bad_release_is_refused_in_one_sentence(release, files, words, read, tmp_path):
    with refused(str(tmp_path), *words):
        read(release, files)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "users", "items", "positives"),
    [("ml-latest-small", 610, None, 100_836), ("ml-1m-implicit", 6_018, 3_018, 933_517)],
)
def test_a_published_data_set_loads_with_its_published_sizes(name, users, items, positives, real_data):
    dataset = load_dataset(str(real_data / name))
    assert (dataset.n_users, len(dataset.interactions)) == (users, positives)
    assert items is None or dataset.n_items == items
    assert dataset.items["title"].ne("").all()
