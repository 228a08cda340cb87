"""MovieLens in the publisher's layouts, on small files written here, and at full size."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer.data import DataConfig, find_source, load_dataset
from explorer.data.sources import read_described
from tests.data.source.tables import tables_of
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
        return tables_of(find_source(str(tmp_path)), DataConfig(**config))

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


REFUSED = {
    "no ratings": (CSV_RELEASE, {"ratings.csv": None}, ["ratings.csv", "does not exist"]),
    "no rating column": (
        CSV_RELEASE,
        {"ratings.csv": csv("userId,movieId,stars,timestamp", "1,1,4,9")},
        ["ratings.csv", "'rating'"],
    ),
    "no title column": (CSV_RELEASE, {"movies.csv": csv("movieId,name,genres", "1,X,Y")}, ["movies.csv", "'title'"]),
    "empty ratings": (CSV_RELEASE, {"ratings.csv": ""}, ["ratings.csv", "empty"]),
    "latin-1": (CSV_RELEASE, {"movies.csv": b"movieId,title,genres\n5,\xe9,Y\n"}, ["movies.csv", "UTF-8"]),
    "no movies": (DAT_RELEASE, {"movies.dat": None}, ["movies.dat", "does not exist"]),
    "no times": (DAT_RELEASE, {"ratings.dat": csv("1::260::5", "1::73::4")}, ["3 cells instead of 4", "archive"]),
    "commas": (DAT_RELEASE, {"ratings.dat": csv("1,260,5,9")}, ["ratings.dat", "'::' format"]),
    "NUL": (DAT_RELEASE, more(DAT_RELEASE, "movies.dat", "9::A\0B::Drama"), ["movies.dat", "NUL byte"]),
}


@pytest.mark.parametrize(("release", "files", "words"), REFUSED.values(), ids=REFUSED)
def test_a_release_of_another_kind_is_refused_in_one_sentence(release, files, words, read, tmp_path):
    with refused(str(tmp_path), *words):
        read(release, files)


@pytest.mark.parametrize("user", ["ann", "-0", "+7", "007", "1.0", "７", "1e3"])
def test_one_user_that_is_no_whole_number_is_left_out_and_the_others_stay_numbers(user, read, tmp_path):
    ratings = csv("userId,movieId,rating,timestamp", *(f"{n},1,4.0,9" for n in range(1, 31)), f"{user},1,3,9")
    interactions, _ = read(CSV_RELEASE, {"ratings.csv": ratings})
    assert interactions["user_id"].tolist() == list(range(1, 31))
    file = read_described(find_source(str(tmp_path)))[1].report.files[-1]
    assert (file.rows, file.kept, file.reasons) == (31, 30, {"has no whole number as user": 1})


def test_a_folder_with_some_ratings_csv_is_not_therefore_movielens(tmp_path):
    (tmp_path / "ratings.csv").write_text(csv("user,book,stars", "1,1,5"))
    with refused("datasets add"):
        load_dataset(str(tmp_path))


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
