"""Whatever a file holds, it is read or refused in one sentence, and two ids never become one.

The same examples every time, few of them by default and many where it is slow.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.data import DataConfig, build_dataset, find_source
from explorer.errors import UserError
from tests.data.source.tables import tables_of

RELEASES = {
    "csv": {
        "items.csv": b"item_id,title,genres,year\n"
        + b'1,"Alien, The (1979)",Horror|Sci-Fi,1979\n2,Brazil,,\n3,Cube,Horror,1997\n',
        "interactions.csv": b"user_id,item_id,rating,timestamp\n"
        + b"".join(b"%d,%d,4.5,2024-05-31 18:00\n" % (user, item) for user in (7, 8) for item in (1, 2, 3)),
    },
    "movielens": {
        "movies.csv": b"movieId,title,genres\n"
        + b'1,"Alien, The (1979)",Horror|Sci-Fi\n2,Brazil,(no genres listed)\n3,Cube,Horror\n',
        "ratings.csv": b"userId,movieId,rating,timestamp\n"
        + b"".join(b"%d,%d,4.5,964982703\n" % (user, item) for user in (7, 8) for item in (1, 2, 3)),
    },
    "movielens, .dat": {
        "movies.dat": b"1::Alien: The (1979)::Horror|Sci-Fi\n2::Br\xe9zil::\n3::Cube::Horror\n",
        "ratings.dat": b"".join(b"%d::%d::4::964982703\n" % (user, item) for user in (7, 8) for item in (1, 2, 3)),
    },
    "lastfm": {
        "user_artists.dat": b"userID\tartistID\tweight\n"
        + b"".join(b"%d\t%d\t10\n" % (user, item) for user in (7, 8) for item in (1, 2, 3)),
        "artists.dat": b"id\tname\turl\tpictureURL\n1\tBj\xc3\xb6rk\tu\tp\n2\tNA\tu\tp\n3\tCan\tu\tp\n",
        "tags.dat": b"tagID\ttagValue\n1\trock\n2\tcaf\xe9\n",
        "user_taggedartists.dat": b"userID\tartistID\ttagID\tday\tmonth\tyear\n"
        + b"7\t1\t1\t1\t4\t2009\n8\t1\t1\t1\t4\t2009\n",
    },
}
FILES = [(release, file) for release, files in RELEASES.items() for file in files]
PIECES = [b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\t", b"::", b"|", b" ", b"\0", b"\x1f", b"\xff", b"\xef\xbb\xbf"]
PIECES += [b"1", b"-0", b"+1", b"01", b"1.0", "１".encode(), "\xa0".encode(), b"4294967297", b"9" * 19, b"9" * 5000]
PIECES += b"nan inf 1e999 -1e999 0x1 1_0 True NaT item_id title (1979) 19790 2024-05-31 0000".split()
PIECES += b"1677-09-21 2024-W01 9999-12-31T23:59:59-23:59 18:00:00.123456789123".split()


def fuzz(strategy: st.SearchStrategy, check, examples: int) -> None:
    """Check so many examples, the same ones every time."""
    chosen = settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    chosen(given(strategy)(check))()


def budget(few: int, many: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.slow)], ids=["few", "many"])


def read(release: str, files: dict[str, bytes], **config):
    """Write a release with these files in place of its own and read it; None if it is refused, as it must be: in one
    sentence of sensible length that names a file."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**RELEASES[release], **files}.items():
            (Path(folder) / name).write_bytes(content)
        try:
            return tables_of(find_source(folder), DataConfig(**config))
        except UserError as error:
            assert str(error).isprintable()
            assert folder in str(error) and len(str(error)) < 1000
            return None


def assert_fits_together(tables) -> None:
    interactions, items = tables
    assert not interactions.duplicated(["user_id", "item_id"]).any()
    assert items["item_id"].is_unique
    assert set(interactions["item_id"]) <= set(items["item_id"])
    assert all(str(text).strip() for text in (*interactions["user_id"], *items["item_id"], *items["title"]))


@st.composite
def mutated(draw, content: bytes) -> bytes:
    """A good file in which up to four pieces are replaced by others."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 0, 1, 1, 2, 5, 40])))
        content = content[:start] + draw(st.sampled_from([b"", *PIECES])) + content[end:]
    return content


@budget(6, 100)
@pytest.mark.parametrize(("release", "file"), FILES, ids=[file for _, file in FILES])
def test_a_spoilt_file_is_read_or_refused_in_one_sentence(release, file, examples):
    def check(content):
        for duplicates in ("error", "merge"):
            tables = read(release, {file: content}, duplicates=duplicates)
            if tables:
                assert b"\0" not in content
                assert_fits_together(tables)

    fuzz(mutated(RELEASES[release][file]), check, examples)


@budget(3, 60)
@pytest.mark.parametrize(("release", "file"), FILES, ids=[file for _, file in FILES])
def test_any_bytes_are_read_or_refused_in_one_sentence(release, file, examples):
    header = RELEASES[release][file].split(b"\n")[0] + b"\n"
    anything = st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)

    def check(content):
        for data in (content, header + content):
            tables = read(release, {file: data}, duplicates="merge")
            if tables:
                assert_fits_together(tables)

    fuzz(anything, check, examples)


NUMERALS = st.sampled_from(["0", "1", "10", "4294967297", str(2**63), str(2**64 + 1), "9" * 30]).flatmap(
    lambda digits: st.sampled_from([digits, f"-{digits}", f"+{digits}", f"0{digits}", f"{digits}.0", f"{digits}e0"])
) | st.integers(-(2**70), 2**70).map(str)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).map(str.strip)
IDS = (NUMERALS | NUMERALS.map(lambda text: text.translate(WIDE)) | TEXTS).filter(
    lambda text: text and text.lower() != "nan"
)
LOOKALIKES = st.sampled_from([("0", "-0"), ("10", "1０"), ("7", "+7", "07", "7.0", "７"), (str(2**64), str(2**64 + 1))])


def csv_bytes(rows, line_end: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end).writerows(rows)
    return text.getvalue().encode()


@budget(20, 400)
def test_different_ids_of_ones_own_data_stay_different(examples):
    def check(drawn):
        users, items, line_end = drawn
        tables = read(
            "csv",
            {
                "items.csv": csv_bytes([("item_id", "title"), *((item, "Film") for item in items)], line_end),
                "interactions.csv": csv_bytes(
                    [("user_id", "item_id"), *((user, item) for user in users for item in items)], line_end
                ),
            },
        )
        assert tables is not None
        interactions, catalogue = tables
        assert catalogue["item_id"].astype(str).tolist() == items
        pairs = interactions[["user_id", "item_id"]].astype(str).itertuples(index=False, name=None)
        assert sorted(pairs) == sorted((user, item) for user in users for item in items)

    ids = st.lists(IDS, min_size=1, max_size=4, unique=True) | LOOKALIKES.map(list)
    fuzz(st.tuples(ids, ids, st.sampled_from(["\n", "\r\n", "\r"])), check, examples)


@budget(12, 200)
@pytest.mark.parametrize("release", ["movielens", "movielens, .dat"])
def test_different_ids_of_movielens_stay_different_or_are_refused(release, examples):
    def check(ids):
        if release == "movielens":
            movies = ["movieId,title,genres", *(f"{film},Film," for film in ids)]
            ratings = ["userId,movieId,rating,timestamp", *(f"{user},{film},3,9" for user in ids for film in ids)]
            files = {"movies.csv": "\n".join(movies).encode(), "ratings.csv": "\n".join(ratings).encode()}
        else:
            movies = [f"{film}::Film::" for film in ids]
            ratings = [f"{user}::{film}::3::9" for user in ids for film in ids]
            files = {
                "movies.dat": "\n".join(movies).encode("latin-1"),
                "ratings.dat": "\n".join(ratings).encode("latin-1"),
            }
        tables = read(release, files)
        plain = all(str(int(text)) == text for text in ids if text.lstrip("-").isdecimal())
        assert tables or (release == "movielens" and not (plain and all(t.lstrip("-").isdecimal() for t in ids)))
        if tables:
            assert tables[1]["item_id"].astype(str).tolist() == ids
            assert sorted(tables[0]["user_id"].astype(str)) == sorted(user for user in ids for _ in ids)

    fuzz(st.lists(NUMERALS, min_size=1, max_size=4, unique=True), check, examples)


@budget(5, 60)
def test_what_is_read_becomes_a_data_set_or_is_refused(examples):
    def check(content):
        tables = read("csv", {"interactions.csv": content}, duplicates="merge")
        if tables:
            try:
                dataset = build_dataset("x", *tables, DataConfig(), 0)
            except UserError as error:
                assert str(error).isprintable()
            else:
                assert dataset.users["user_id"].tolist() == sorted(set(tables[0]["user_id"]))
                assert dataset.test.nnz and dataset.validation.nnz

    fuzz(mutated(RELEASES["csv"]["interactions.csv"]), check, examples)
