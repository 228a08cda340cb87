"""`interactions.csv` and `items.csv`: what is read, what is left out and said, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from explorer.data import DataConfig, find_source, load_dataset
from explorer.data.sources import read_described
from tests.data.source.tables import tables_of
from tests.helpers import csv, refused

INTERACTIONS = csv("user_id,item_id", "1,1", "1,2", "2,1")
ITEMS = csv("item_id,title", "1,Alien", "2,Brazil")
GOOD = {"interactions.csv": INTERACTIONS, "items.csv": ITEMS}
MANY = [f"{user},{item}" for user in range(10) for item in (1, 2)]


@pytest.fixture
def read(write_folder):
    """Write a folder whose good files are replaced by those given, and read it as tables."""

    def read(interactions=INTERACTIONS, items=ITEMS, **config):
        return tables_of(find_source(str(write_folder(interactions, items))), DataConfig(**config))

    return read


def timed(*cells: str) -> str:
    return csv("user_id,item_id,timestamp", *(f"1,{item},{cell}" for item, cell in enumerate(cells, 1)))


# case → (file, its content, what the message must say besides the file's path)
REFUSED = {
    "no user column": ("interactions.csv", csv("user,item_id", "1,1"), ["'user_id'", "'user'", "needs"]),
    "semicolons": ("items.csv", ITEMS.replace(",", ";"), ["'item_id'", "'item_id;title'", "needs"]),
    "a column twice": ("items.csv", csv("item_id,title,title", "1,Alien,A"), ["'title' twice", "name"]),
    "only blanks": ("interactions.csv", " \n \n", ["empty", "user_id, item_id"]),
    "no byte": ("items.csv", "", ["empty"]),
    "header only": ("interactions.csv", "user_id,item_id\n", ["no rows"]),
    "missing": ("items.csv", None, ["does not exist"]),
    "half of the users blank": (
        "interactions.csv",
        csv("user_id,item_id", "1,1", " ,2"),
        ["1 of 2", "row 3 has no user"],
    ),
    "unknown item": ("interactions.csv", csv("user_id,item_id", "1,1", "1,77"), ["row 3", "'77'", "items table"]),
    "pair twice": (
        "interactions.csv",
        csv("user_id,item_id", "8,1", "8,2", "8,1"),
        ["user 8", "item 1", "data.duplicates=merge"],
    ),
    "rating of words": (
        "interactions.csv",
        csv("user_id,item_id,rating", "1,1,good"),
        ["row 2", "number as rating", "good"],
    ),
    "time of words": ("interactions.csv", timed("2024-05-31", "soon"), ["row 3", "no time", "soon"]),
    "NUL": ("items.csv", csv("item_id,title", "1,A", "2,B\0"), ["row 3", "NUL byte", "UTF-8"]),
    "UTF-16": ("items.csv", ITEMS.encode("utf-16"), ["UTF-8"]),
    "a long header": ("items.csv", csv("x" * 100_000, "1"), ["no column 'item_id'", "'xxxx"]),
    "latin-1": ("items.csv", csv("item_id,title", "1,A", "2,Ô").encode("latin-1"), ["row 3", "0xd4", "UTF-8"]),
    "a comma too many": ("items.csv", csv("item_id,title", "1,Good, the Bad"), ["no item with an id"]),
}


@pytest.mark.parametrize(("file", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_in_a_short_sentence_with_its_file(file, content, words, write_folder):
    folder = write_folder(*{**GOOD, file: content}.values())
    with refused(str(folder / file), *words) as caught:
        load_dataset(str(folder))
    assert len(str(caught.value)) < 600


# case → (interactions, rows of items, reason, row, file)
LEFT_OUT = {
    "no user": ([*MANY, ",1"], [], "has no user", 22),
    "user nan": ([*MANY, "nan,1"], [], "has no user", 22),
    "no item": ([*MANY, "1,"], [], "has no item", 22),
    "unknown item": ([*MANY, "1,77"], [], "has an item that the items table lacks", 22),
    "a cell too many": ([*MANY, "1,2,3"], [], "has more cells than the header", 22),
    "an empty row": ([*MANY[:3], ",", *MANY[3:]], [], "is empty", 5),
    "line break in an id": ([*MANY, '"1\n2",1'], [], "has a control character in its user", 22),
    "a long id": ([*MANY, "x" * 201 + ",1"], [], "has user of more than 200 characters", 22),
    "a quote never closed": ([*MANY, '"9,1'], [], "has a quote that is not closed, or text after a closed one", 22),
    "item twice": (MANY, ["1,Again"], "repeats the id of an item; the first such row counts", 4),
}


@pytest.mark.parametrize(("pairs", "more", "reason", "row"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_one_bad_row_is_left_out_and_reported_with_its_number(pairs, more, reason, row, write_folder):
    folder = write_folder(csv("user_id,item_id", *pairs), ITEMS + csv(*more))
    report = read_described(find_source(str(folder)))[1].report
    assert report.rejected[["reason", "row"]].to_numpy().tolist() == [[reason, row]]
    assert all(file.rows == file.kept + sum(file.reasons.values()) for file in report.files)
    assert sum(file.kept for file in report.files) == 22


def test_one_bad_year_and_one_missing_title_are_said_and_the_items_stay(write_folder):
    folder = write_folder(csv("user_id,item_id", *MANY), csv("item_id,title,year", "1,,old", "2,Brazil,1985"))
    items, noticed = (reading := read_described(find_source(str(folder)))[1]).items, reading.report.noticed
    assert items["year"].tolist() == [pd.NA, 1985]
    assert items["title"].tolist() == ["1", "Brazil"]
    assert any("'old' in row 2 of items.csv" in said for said in noticed)
    assert any("without a title" in said for said in noticed)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text + "\n\n\n",
        lambda text: text + ",\n,\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\r", 1),
        lambda text: text.removesuffix("\n"),
        lambda text: text.replace(",", ", ", 1),
    ],
    ids=[
        "BOM",
        "trailing blank lines",
        "trailing blank rows",
        "CRLF",
        "old Mac",
        "mixed",
        "no last line end",
        "blank in the header",
    ],
)
def test_harmless_differences_of_files_change_nothing(change, read):
    expected = read()
    for table, same in zip(read(change(INTERACTIONS), change(ITEMS)), expected, strict=True):
        pd.testing.assert_frame_equal(table, same)


@pytest.mark.parametrize(
    "title",
    [
        "NA",
        "null",
        "007",
        "M*A*S*H (1970)",
        "<img src=x onerror=alert(1)>",
        "# x",
        ":smile:",
        "$x$",
        "Good, the Bad",
        'Say "Hi"',
        "Amélie 🎬",
    ],
)
def test_a_title_is_kept_verbatim(title, read):
    quoted = title.replace('"', '""')
    _, items = read(items=csv("item_id,title", f'1,"{quoted}"', "2,Brazil"))
    assert items["title"].tolist() == [title, "Brazil"]


def test_ids_that_are_all_integers_become_integers(read):
    interactions, items = read()
    assert interactions["user_id"].tolist() == [1, 1, 2]
    assert all(ids.dtype == "int64" for ids in (interactions["user_id"], interactions["item_id"], items["item_id"]))


@pytest.mark.parametrize(
    ("user", "other"),
    [
        ("007", "7"),
        ("a7", "7"),
        ("7.0", "7"),
        ("+7", "7"),
        ("-0", "0"),
        ("７", "7"),
        ("1０", "10"),
        ("12345678901234567890", "12345678901234567891"),
        ("9" * 150 + "1", "9" * 150 + "2"),
    ],
)
def test_one_id_that_is_not_a_plain_integer_keeps_the_whole_column_as_text_so_that_two_ids_stay_two(user, other, read):
    interactions, items = read(
        csv("user_id,item_id", f"{user},{other}", f"{other},{user}"), csv("item_id,title", f"{user},A", f"{other},B")
    )
    assert sorted(interactions["user_id"]) == sorted([user, other])
    assert items["item_id"].tolist() == [user, other]


def test_item_ids_that_are_integers_in_one_file_only_are_compared_as_text(read):
    interactions, items = read(csv("user_id,item_id", "1,7"), csv("item_id,title", "7,Alien", "x,Brazil"))
    assert interactions["item_id"].tolist() == ["7"]
    assert items["item_id"].tolist() == ["7", "x"]


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Heat (1995)", 1995),
        ("Lost (2004–2010)", 2004),
        ("Lost (2004-)", 2004),
        ("Heat (1995) ", 1995),
        ("(500) Days of Summer (2009)", 2009),
        ("1984", None),
        ("Nikita (La Femme)", None),
        ("Heat (1995) again", None),
    ],
)
def test_without_a_year_column_the_year_is_that_in_the_brackets_at_the_end_of_the_title(title, year, read):
    _, items = read(items=csv("item_id,title", f"1,{title}", "2,Brazil (1985)"))
    assert items["year"].astype(object).where(items["year"].notna(), None).tolist() == [year, 1985]


def test_a_year_column_wins_over_the_brackets_and_may_have_blanks(read):
    _, items = read(items=csv("item_id,title,year", "1,Alien (1979),1980", "2,Brazil,"))
    assert items["year"].tolist() == [1980, pd.NA]


def test_genres_are_split_at_bars_and_no_genres_listed_means_none(read):
    cells = ["Horror|Sci-Fi", " Drama | Drama |", "(no genres listed)", "", "NA"]
    rows = (f"{item},Film,{cell}" for item, cell in enumerate(cells, 1))
    _, items = read(items=csv("item_id,title,genres", *rows))
    assert items["genres"].tolist() == [["Horror", "Sci-Fi"], ["Drama"], [], [], ["NA"]]


def test_without_a_genre_column_no_item_has_a_genre(read):
    assert read()[1]["genres"].tolist() == [[], []]


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-05-31", "2024-05-31 18:00"],
        ["2024-05-31T00:00:00Z", "2024-05-31T20:00:00+02:00"],
        [str(int(datetime(2024, 5, 31, hour, tzinfo=UTC).timestamp())) for hour in (0, 18)],
        [f"{datetime(2024, 5, 31, hour, tzinfo=UTC).timestamp()}" for hour in (0, 18)],
    ],
    ids=["dates", "dates with zones", "seconds", "seconds with a fraction"],
)
def test_times_are_dates_or_seconds_since_1970(cells, read):
    interactions, _ = read(timed(*cells))
    times = [datetime.fromtimestamp(second, UTC) for second in interactions["timestamp"]]
    assert times == [datetime(2024, 5, 31, hour, tzinfo=UTC) for hour in (0, 18)]


def test_ratings_are_read_as_numbers_and_other_columns_are_ignored(read):
    interactions, items = read(
        csv("rating,comment,user_id,item_id", '4.5,"so, so",1,1', "-1,,1,2"),
        csv("title,budget,item_id", "Alien,x,1", "Brazil,y,2"),
    )
    assert interactions["rating"].tolist() == [4.5, -1.0]
    assert set(items) == {"item_id", "title", "genres", "year"}


def test_merging_keeps_the_last_row_of_a_repeated_pair(read):
    rows = csv("user_id,item_id,rating,timestamp", "1,1,2,10", "1,2,3,20", "1,1,5,30")
    interactions, _ = read(rows, duplicates="merge")
    assert set(interactions.itertuples(index=False, name=None)) == {(1, 2, 3.0, 20), (1, 1, 5.0, 30)}


def test_a_history_is_shown_newest_first(write_folder):
    times = {item: item * 5 % 11 for item in range(1, 11)}
    folder = write_folder(
        timed(*(str(time) for time in times.values())), csv("item_id,title", *(f"{item},Film" for item in times))
    )
    shown = [times[item] for item in load_dataset(str(folder)).history(0)["item_id"]]
    assert len(shown) > 3
    assert shown == sorted(shown, reverse=True)
