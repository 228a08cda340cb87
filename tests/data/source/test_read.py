"""Reading a described source: every row is kept or reported, and what is broken is said."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.data import DataConfig, load_dataset
from explorer.data.source.add import add_source
from explorer.data.source.description import (
    Facet,
    Interactions,
    Items,
    Ratings,
    Rows,
    SourceDescription,
    TableFormat,
    TimeFormat,
    read_description,
)
from explorer.data.source.facet_values import kept_apart, told_apart
from explorer.data.source.guess import guess_source
from explorer.data.source.positives import dataset_of
from explorer.data.source.read import read_source
from explorer.errors import UserError

WHO = Interactions(files=("r.csv",), user="user", item="item", rating=Ratings(column="rating"))


def description(**changes) -> SourceDescription:
    return SourceDescription(**{"name": "own", "interactions": WHO, "rows": Rows(at_most=1), **changes})


def test_every_row_that_is_left_out_has_a_reason_and_its_number(written):
    folder = written(r_csv="user,item,rating\na,x,3\n,x,3\nb,,3\nc,x,good\na,y,1,9\nd\ne,x,2\na,x,5\n")
    reading = read_source(description(), folder)
    (file,) = reading.report.files
    assert (file.rows, file.kept) == (8, 2)
    assert file.reasons == {
        "has no user": 1,
        "has no item": 1,
        "has no number as rating": 1,
        "has more cells than the header": 1,
        "has fewer cells than the header": 1,
        "repeats a user and an item; the last such row counts": 1,
    }
    rejected = reading.report.rejected.set_index("reason")["row"]
    assert rejected["has no user"] == 3
    assert rejected["has no number as rating"] == 5
    assert rejected["has more cells than the header"] == 6
    assert rejected["has fewer cells than the header"] == 7
    assert rejected["repeats a user and an item; the last such row counts"] == 2
    assert list(reading.users) == ["a", "e"]
    assert reading.rating.tolist() == [5, 2]


def test_beyond_the_limit_the_whole_is_refused(written):
    folder = written(r_csv="user,item,rating\n" + "a,x,3\nb,y,bad\n" * 5)
    with pytest.raises(
        UserError, match=r"5 of 10 rows cannot be used, and at most 5% may be \(first: row 3 has no num"
    ):
        read_source(description(rows=Rows()), folder)
    with pytest.raises(UserError, match="none may be"):
        read_source(description(rows=Rows(bad="refuse")), folder)


def test_one_bad_year_is_left_empty_and_said(written):
    folder = written(r_csv="user,item,rating\na,1,3\nb,2,4\n", items_csv="id,name,year\n1,One,1999\n2,Two,MCM\n")
    about = Items(files=("items.csv",), id="id", title="name", year="year")
    reading = read_source(description(items=about), folder)
    assert reading.items["year"].tolist()[0] == 1999
    assert reading.items["year"].isna().tolist() == [False, True]
    assert any("'MCM' in row 3" in sentence for sentence in reading.report.noticed)


def test_items_without_a_table_have_their_ids_as_titles(written):
    reading = read_source(description(), written(r_csv="user,item,rating\na,x,3\nb,y,4\n"))
    assert reading.items["title"].tolist() == ["x", "y"]
    assert reading.facets == {}


def test_two_facets_that_share_a_value_keep_it_apart(written):
    folder = written(
        r_csv="user,item,rating\na,1,3\nb,2,4\n", items_csv='id,brand,tags\n1,Apple,"apple;fruit"\n2,Pear,fruit\n'
    )
    about = Items(files=("items.csv",), id="id")
    facets = (Facet(name="brand", columns=("brand",)), Facet(name="tag", columns=("tags",), separator=";"))
    reading = read_source(description(items=about, facets=facets), folder)
    together = [value for values in reading.facets.values() for value in values]
    assert len(together) == len(set(together))
    assert set(reading.items["genres"][0]) <= set(together)
    assert len(reading.items["genres"][0]) == 3


@pytest.mark.parametrize(
    ("kind", "pattern", "cell", "seconds"),
    [
        ("seconds", None, "1700000000", 1_700_000_000),
        ("milliseconds", None, "1700000000500", 1_700_000_000),
        ("microseconds", None, "1700000000500000", 1_700_000_000),
        ("iso", None, "2023-11-14T22:13:20Z", 1_700_000_000),
        ("iso", None, "2023-11-14 23:13:20+01:00", 1_700_000_000),
        ("pattern", "%d.%m.%Y", "25.03.2025", 1_742_860_800),
        ("pattern", "%m/%d/%Y", "03/25/2025", 1_742_860_800),
    ],
)
def test_times_of_every_kind_are_seconds(kind, pattern, cell, seconds, written):
    who = WHO.model_copy(update={"time": "t", "time_format": TimeFormat(kind=kind, pattern=pattern)})
    folder = written(r_csv=f"user,item,rating,t\na,x,3,{cell}\nb,x,3,never\n")
    reading = read_source(description(interactions=who), folder)
    assert reading.timestamp.tolist() == [seconds]
    assert reading.report.files[0].reasons == {"has no time that can be read": 1}


def test_thresholds_and_seen_values_decide_what_is_a_positive(written):
    rows = "".join(f"u{u},i{i},{(u * i) % 6 - 1}\n" for u in range(12) for i in range(12))
    folder = written(r_csv="user,item,rating\n" + rows)
    who = WHO.model_copy(update={"rating": Ratings(column="rating", threshold=2, seen=(-1,))})
    about = description(interactions=who)
    reading = read_source(about, folder)
    dataset = dataset_of("own", reading, about, DataConfig(), 0)
    assert len(dataset.interactions) == (reading.rating >= 2).sum()
    assert any("below 2" in note for note in dataset.notes)
    every = dataset_of("own", reading, about, DataConfig(min_rating=0), 0)
    assert len(every.interactions) == (reading.rating >= 0).sum()


def test_counts_used_as_confidence_reach_the_data_set(written):
    rows = "".join(f"u{u},i{i},{u + i + 1}\n" for u in range(9) for i in range(9))
    who = WHO.model_copy(update={"rating": Ratings(column="rating", meaning="count", confidence=True)})
    about = description(interactions=who)
    dataset = dataset_of("own", read_source(about, written(r_csv="user,item,rating\n" + rows)), about, DataConfig(), 0)
    assert np.array_equal(dataset.interactions["weight"], dataset.interactions.eval("user + item + 1"))


def test_the_description_is_the_same_after_writing_and_reading(corpus, tmp_path):
    about = guess_source([corpus("books")]).description
    folder = add_source(about, tmp_path / "data", copy=True)
    kept = read_description(folder / "source.toml")
    assert kept.facets == about.facets
    assert kept.interactions.files == ("BX-Book-Ratings.csv",)
    moved = folder.rename(tmp_path / "moved")
    assert load_dataset(str(moved)).n_users == 20


@pytest.mark.parametrize("name", ["", ".x", "a/b", "demo", "a\nb"])
def test_a_name_that_is_no_folder_is_refused_and_nothing_is_written(name, tmp_path):
    about = description().model_copy(update={"name": name})
    with pytest.raises(UserError):
        add_source(about, tmp_path / "data")
    assert not (tmp_path / "data").exists() or not any((tmp_path / "data").iterdir())


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("format = 1\n", "name"),
        ('name = "x"\nuser = 3\n', "interactions|user"),
        ('name = "x"\n[interactions]\nfiles = ["r.csv"]\nuser = "u"\n', "interactions.item is missing"),
        ("= = =", "TOML|toml"),
    ],
)
def test_a_faulty_description_says_which_key(toml, said, tmp_path):
    path = tmp_path / "source.toml"
    path.write_text(toml)
    with pytest.raises(UserError, match=said):
        read_description(path)


CELLS = st.sampled_from(["a", "b", "7", "007", "", " ", '"', "3", "-1", "1e999", "nan", "x,y", "ü", "\t", "9" * 30])
LINES = st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=12)
FORMATS = st.sampled_from([TableFormat(), TableFormat(quote=""), TableFormat(decimal=","), TableFormat(separator=";")])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=LINES, form=FORMATS, refuse=st.booleans())
def test_whatever_the_cells_no_row_is_lost_unreported(lines, form, refuse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "r.csv").write_text("user,item,rating\n".replace(",", form.separator) + "\n".join(lines))
    about = description(interactions=WHO.model_copy(update={"format": form}))
    about = about.model_copy(update={"rows": Rows(bad="refuse")}) if refuse else about
    try:
        reading = read_source(about, folder)
    except UserError as error:
        assert str(error).endswith(".")
        return
    (file,) = reading.report.files
    assert file.kept == len(reading.user)
    assert file.rows == file.kept + sum(file.reasons.values())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=300), name=st.sampled_from(["r.csv", "r.tsv", "r.jsonl", "r.parquet", "r.csv.gz"]))
def test_any_bytes_are_guessed_or_refused_in_a_sentence(content, name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / name).write_bytes(content)
    try:
        read_source(guess_source([folder / name]).description, folder)
    except UserError as error:
        assert str(error).endswith(".")


def test_movielens_100k_is_known_by_its_files(corpus, tmp_path):
    folder = tmp_path / "ml-100k"
    folder.mkdir()
    flags = lambda n: "|".join("1" if place in (8, n % 19) else "0" for place in range(19))  # noqa: E731
    (folder / "u.item").write_bytes(
        "".join(f"{n}|Amélie {n} (1995)|01-Jan-1995||http://x|{flags(n)}\n" for n in range(1, 31)).encode("latin-1")
    )
    rows = "".join(f"{u}\t{(u * 7 + n) % 30 + 1}\t{n % 5 + 1}\t88125{u:04}\n" for u in range(1, 20) for n in range(8))
    (folder / "u.data").write_text(rows)
    dataset = load_dataset(str(folder))
    assert (dataset.n_users, dataset.nouns.items) == (19, "films")
    assert dataset.facets.keys() == {"genre"}
    assert dataset.items["title"][0] == "Amélie 1 (1995)"
    assert set(dataset.items["genres"][0]) == {"Action", "Drama"}
    assert dataset.items["year"][0] == 1995


def test_progress_goes_on_by_the_bytes_of_the_files_and_names_each(written):
    rows = "".join(f"{user},x,3\n" for user in range(99))
    folder = written(r_csv="user,item,rating\n" + rows, items_csv="id,name\nx,One\n")
    told = []
    about = Items(files=("items.csv",), id="id", title="name")
    read_source(
        description(items=about), folder, lambda stage, done, message, record=None: told.append((done, message))
    )
    shares = [done for done, _ in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] < 1
    assert 0 < shares[1] < 0.1 < shares[2]  # the table of items is small
    assert "items.csv" in told[0][1] and "r.csv" in told[1][1]


@pytest.mark.parametrize(
    ("value", "shared", "called"),
    [("Spa", False, "Spa"), ("Spa", True, "Spa (kind)"), ("4", False, "kind 4"), ("4.5+", True, "kind 4.5+"),
     ("Yes", False, "kind Yes"), ("A", False, "kind A"), ("1980s", False, "1980s"), ("A1", False, "A1")],
)  # fmt: skip
def test_a_value_that_says_nothing_by_itself_is_called_with_its_facet(value, shared, called):
    assert told_apart("kind", value, shared) == called
    assert kept_apart({"kind": [[value]]}, {"kind"}) == ([[value]], {"kind": (value,)})
