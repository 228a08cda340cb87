"""How a name or a folder becomes a data set."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from explorer.data import DataConfig, demo, find_source, find_sources, load_dataset
from explorer.data.source.known import MOVIELENS_CSV_FILES as CSV_FILES
from explorer.data.source.known import MOVIELENS_DAT_FILES as DAT_FILES
from explorer.data.source.known import OWN_FILES as FILES
from explorer.data.sources import DATA_VARIABLE
from tests.helpers import csv, refused

DAT_RELEASE = {
    "ratings.dat": csv(*(f"1::{n}::5::9" for n in (1, 2, 3))),
    "movies.dat": csv("1::A::", "2::B::", "3::C::"),
}
LASTFM_RELEASE = {
    "user_artists.dat": csv("1\t1\t9", "1\t2\t9", "1\t3\t9"),
    "artists.dat": csv("1\tA\tu\tp", "2\tB\tu\tp", "3\tC\tu\tp"),
    "tags.dat": csv("1\trock"),
    "user_taggedartists.dat": csv("1\t1\t1\t1\t4\t2009"),
}


@pytest.fixture
def library(tmp_path, demo_folder, monkeypatch):
    """A data folder with a data set of each kind and things that are not data sets."""
    folder = tmp_path / "library"
    shutil.copytree(demo_folder, folder / "own")
    for name, files in (("csv-release", CSV_FILES), ("dat-release", DAT_FILES), ("photos", ["cat.jpg"]), ("none", [])):
        (folder / name).mkdir()
        for file in files:
            (folder / name / file).touch()
    (folder / "notes.txt").touch()
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    return folder


@pytest.fixture
def little_demo(monkeypatch):
    """The built-in demo in a size that loads at once."""
    monkeypatch.setattr(demo, "generate", partial(demo.generate, n_users=200, items_per_leaf=6))


def test_the_demo_comes_first_then_every_readable_folder_by_name(library):
    assert [(source.name, source.path, source.kind) for source in find_sources()] == [
        ("demo", None, "built in"),
        ("csv-release", library / "csv-release", "movielens"),
        ("dat-release", library / "dat-release", "movielens"),
        ("own", library / "own", "csv"),
    ]


@pytest.mark.parametrize("value", ["nowhere", "a-file", ""])
def test_without_a_data_folder_there_is_the_demo(value, tmp_path, monkeypatch):
    (tmp_path / "a-file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(DATA_VARIABLE, value)
    assert [source.name for source in find_sources()] == ["demo"]


def test_the_folder_is_data_where_the_variable_is_not_set(library, monkeypatch):
    monkeypatch.chdir(library.parent)
    monkeypatch.delenv(DATA_VARIABLE)
    library.rename("data")
    assert "own" in [source.name for source in find_sources()]


def test_another_folder_than_the_usual_can_be_listed(library, tmp_path):
    assert [source.name for source in find_sources(tmp_path / "empty")] == ["demo"]


@pytest.mark.parametrize("how", ["name", "absolute", "relative", "with a slash"])
def test_a_data_set_is_found_by_its_name_and_by_its_folder(how, library, monkeypatch):
    monkeypatch.chdir(library.parent)
    given = {
        "name": "own",
        "absolute": str(library / "own"),
        "relative": "library/own",
        "with a slash": "library/own/",
    }[how]
    source = find_source(given)
    assert (source.name, source.path.resolve(), source.kind) == ("own", library / "own", "csv")


def test_a_folder_given_as_a_dot_is_called_by_its_name(library, monkeypatch):
    monkeypatch.chdir(library / "own")
    assert find_source(".").name == "own"


@pytest.mark.parametrize("file", FILES)
def test_a_folder_with_one_of_the_two_files_is_a_data_set_and_reading_names_the_other(file, library):
    (library / "own" / file).unlink()
    assert find_source("own").kind == "csv"
    with refused(str(library / "own" / file)):
        load_dataset("own")


def test_an_unknown_name_is_refused_with_the_names_there_are(library):
    with refused("'nope'", "folder", str(library), "demo, csv-release, dat-release, own"):
        find_source("nope")


LONG = "x" * 300
BAD_NAMES = [LONG, LONG * 20, "a\0b", "\udcff", "a\nb", "9" * 5000, "/dev/null", "no/" * 2000]


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: ascii(name[:9]))
def test_a_name_that_no_folder_can_have_is_refused_in_a_short_sentence(name, library):
    with refused("The data set '", "give demo, a folder") as caught:
        find_source(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700


def test_a_data_folder_that_no_folder_can_be_leaves_the_demo(monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, LONG)
    assert [source.name for source in find_sources()] == ["demo"]


def test_a_folders_name_is_made_printable_and_still_finds_it(library):
    (library / "own").rename(library / "ow\n\udcffn")
    (source,) = [source for source in find_sources() if source.kind == "csv"]
    assert source.name == r"ow\n\udcffn"
    assert find_source(source.name) == source
    assert load_dataset(source.name).name == source.name


def test_a_file_is_refused_as_such(library):
    with refused("notes.txt", "is a file", "demo"):
        find_source(str(library / "notes.txt"))


@pytest.mark.parametrize("name", ["none", "photos"])
def test_a_folder_without_data_is_refused_with_the_files_it_needs(name, library):
    with refused(str(library / name), *FILES, *CSV_FILES, ".dat"):
        find_source(str(library / name))


def test_a_data_set_is_the_same_by_name_and_by_folder(library, demo_folder):
    by_name, by_folder = load_dataset("own"), load_dataset(str(demo_folder))
    assert by_name.fingerprint == by_folder.fingerprint
    assert by_name.interactions.equals(by_folder.interactions)
    assert by_name.name == "own"


def test_every_kind_of_data_set_has_its_words(demo_folder, tmp_path, little_demo):
    def words(name):
        nouns = load_dataset(str(name), DataConfig(min_item_interactions=1)).nouns
        return nouns.items, nouns.facets

    films, artists = tmp_path / "films", tmp_path / "artists"
    for folder, files in ((films, DAT_RELEASE), (artists, LASTFM_RELEASE)):
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    assert words(demo_folder) == ("items", "genres")
    assert words("demo") == words(films) == ("films", "genres")
    assert words(artists) == ("artists", "tags")


def test_files_and_generator_give_the_same_data(demo_folder, little_dataset):
    assert load_dataset(str(demo_folder)).fingerprint == little_dataset.fingerprint


def test_the_seed_decides_the_split_of_the_demo_and_nothing_else(little_demo):
    first, second = load_dataset("demo", seed=0), load_dataset("demo", seed=1)
    assert first.fingerprint == second.fingerprint
    assert first.genre_parents and first.genre_parents == second.genre_parents
    assert not first.interactions["part"].equals(second.interactions["part"])
