"""The reader of `interactions.csv` and `items.csv`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pandas as pd
import pytest

from explorer.data import DataConfig, load_dataset
from explorer.data.readers.folder import FILES, read_folder
from tests.helpers import csv, refused

INTERACTIONS = csv("user_id,item_id", "1,1", "1,2", "2,1")
ITEMS = csv("item_id,title", "1,Alien", "2,Brazil")
GOOD = {"interactions.csv": INTERACTIONS, "items.csv": ITEMS}


@pytest.fixture
def read(write_folder):
    """Write a folder whose good files are replaced by those given, and read it."""

    def read(interactions=INTERACTIONS, items=ITEMS, **config):
        return read_folder(write_folder(interactions, items), DataConfig(**config))

    return read


def rated(*cells: str) -> str:
    return csv("user_id,item_id,rating", *(f"1,{item},{cell}" for item, cell in enumerate(cells, 1)))


def timed(*cells: str) -> str:
    return csv("user_id,item_id,timestamp", *(f"1,{item},{cell}" for item, cell in enumerate(cells, 1)))


def dated(*cells: str) -> str:
    return csv("item_id,title,year", *(f"{item},Film {item},{cell}" for item, cell in enumerate(cells, 1)))


# case → (file, its content, what the message must say besides the file's path)
BAD_FILES = {
    "no user column": ("interactions.csv", csv("user,item_id", "1,1"), ["'user_id'", "'user'", "needs"]),
    "no title column": ("items.csv", csv("item_id,name", "1,Alien"), ["'title'", "'name'", "needs"]),
    "semicolons": ("items.csv", ITEMS.replace(",", ";"), ["'item_id'", "'item_id;title'", "needs"]),
    "a column twice": ("items.csv", csv("item_id,title,title", "1,Alien,A"), ["'title' twice", "keep one"]),
    "no byte": ("items.csv", "", ["empty", "item_id, title"]),
    "only blanks": ("interactions.csv", " \n \n", ["empty", "user_id, item_id"]),
    "blank user": ("interactions.csv", csv("user_id,item_id", "1,1", " ,2"), ["row 3", "user_id", "fill"]),
    "user nan": ("interactions.csv", csv("user_id,item_id", "nan,1"), ["row 2", "user_id", "fill"]),
    "blank item of a user": ("interactions.csv", csv("user_id,item_id", "1,1", "1,"), ["row 3", "item_id", "fill"]),
    "item NaN": ("items.csv", csv("item_id,title", "NaN,Alien"), ["row 2", "item_id", "fill"]),
    "blank line between": ("interactions.csv", csv("user_id,item_id", "1,1", "", "1,2"), ["row 3", "fill"]),
    "item twice": ("items.csv", csv("item_id,title", "1,A", "2,B", "1,C"), ["row 4", "item_id 1 ", "keep one"]),
    "unknown item": ("interactions.csv", csv("user_id,item_id", "1,1", "1,77"), ["row 3", "item_id", "77", "add"]),
    "pair twice": (
        "interactions.csv",
        csv("user_id,item_id", "8,1", "8,2", "8,1"),
        ["row 4", "user 8", "item 1", "remove", "data.duplicates=merge"],
    ),
    "rated pair twice": (
        "interactions.csv",
        csv("user_id,item_id,rating", "14,1,3.5", "14,1,3.5"),
        ["row 3", "user 14, item 1)"],
    ),
    "NUL in a title": ("items.csv", csv("item_id,title", "1,A", "2,B\0"), ["row 3", "NUL byte", "UTF-8"]),
    "NUL in an id": ("interactions.csv", csv("user_id,item_id", "1\0,1"), ["row 2", "NUL byte"]),
    "UTF-16": ("items.csv", ITEMS.encode("utf-16"), ["row 1", "NUL byte", "UTF-8"]),
    "line break in an id": ("interactions.csv", csv("user_id,item_id", '"1\n2",1'), ["row 2", "'1\\n2'", "line break"]),
    "text after a closing quote": ("items.csv", csv("item_id,title", '1,"A"B'), ["row 2", "closing quote", "double"]),
    "rows between quotes": (
        "interactions.csv",
        csv("user_id,item_id,comment", '1,1,"so', "1,2,so", '2,1,"so'),
        ["row 2", "closing quote"],
    ),
    "long id": ("interactions.csv", csv("user_id,item_id", f"{'x' * 201},1"), ["row 2", "user_id", "200 characters"]),
    "long title": ("items.csv", csv("item_id,title", f"1,{'x' * 2001}"), ["row 2", "2,000 characters"]),
    "long genre": ("items.csv", csv("item_id,title,genres", f"1,A,{'x' * 101}"), ["row 2", "100 characters"]),
    "item of many genres": (
        "items.csv",
        csv("item_id,title,genres", "1,A,", f"2,B,{'|'.join(map(str, range(501)))}"),
        ["row 3", "more than 500 genres"],
    ),
    "thousands of genres": (
        "items.csv",
        csv("item_id,title,genres", *(f"{n},A,{'|'.join(f'{n} {m}' for m in range(400))}" for n in range(13))),
        ["5,200 different genres", "5,000"],
    ),
    "thousands of columns": ("items.csv", csv("item_id,title," + "x," * 1000, "1,A"), ["1,003 columns", "1,000"]),
    "a long header": ("items.csv", csv("x" * 100_000, "1"), ["no column 'item_id'", "'xxxx"]),
    "an invisible header": (
        "items.csv",
        csv("item\u200b_id,title", "1,A"),
        ["no column 'item_id'", "'item\\u200b_id'"],
    ),
    "rating of words": ("interactions.csv", rated("4.5", "good"), ["row 3", "rating", "'good'", "correct"]),
    "rating nan": ("interactions.csv", rated("nan"), ["row 2", "rating", "'nan'", "correct"]),
    "rating infinite": ("interactions.csv", rated("inf"), ["row 2", "rating", "'inf'", "correct"]),
    "rating blank": ("interactions.csv", rated("4", ""), ["row 3", "rating", "correct"]),
    "time of words": ("interactions.csv", timed("2024-05-31", "yesterday"), ["row 3", "timestamp", "'yesterday'"]),
    "time blank among seconds": ("interactions.csv", timed("964982703", ""), ["row 3", "timestamp", "write"]),
    "time out of range": ("interactions.csv", timed("9" * 20), ["row 2", "timestamp", "9" * 20]),
    "latin-1": ("items.csv", csv("item_id,title", "1,A", "2,Ô").encode("latin-1"), ["row 3", "0xd4", "UTF-8"]),
    "latin-1 after a BOM": (
        "items.csv",
        b"\xef\xbb\xbf" + csv("item_id,title", "1,A", "2,Ô").encode("latin-1"),
        ["row 3", "0xd4", "UTF-8"],
    ),
    "year of words": ("items.csv", dated("1979", "old"), ["row 3", "year", "'old'", "whole number"]),
    "year with a fraction": ("items.csv", dated("1979.5"), ["row 2", "year", "'1979.5'", "whole number"]),
    "year far off": ("items.csv", dated("19790"), ["row 2", "year", "'19790'", "whole number"]),
    "blank title": ("items.csv", csv("item_id,title", "1,Alien", "2, "), ["row 3", "title"]),
    "row too short": ("items.csv", csv("item_id,title", "1,Alien", "2"), ["row 3", "title"]),
}


@pytest.mark.parametrize(("file", "content", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_its_path_column_row_and_a_remedy(file, content, words, write_folder):
    folder = write_folder(*{**GOOD, file: content}.values())
    with refused(str(folder / file), *words) as caught:
        read_folder(folder, DataConfig())
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("file", "header"),
    [
        *((FILES[0], f"{cells}") for cells in ("rating", "timestamp")),
        (FILES[1], "year"),
    ],
)
def test_integers_of_thousands_of_digits_are_refused_as_numbers_and_times_and_years(file, header, write_folder):
    content = csv(f"{GOOD[file].splitlines()[0]},{header}", f"1,1,{'9' * 5000}")
    folder = write_folder(*{**GOOD, file: content}.values())
    with refused(str(folder / file), "row 2", f"{header} '999", "…'") as caught:
        read_folder(folder, DataConfig())
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("content", [None, "header only"])
@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_or_has_no_rows_is_refused_with_what_to_do(file, content, write_folder):
    content = content and GOOD[file].splitlines(keepends=True)[0]
    folder = write_folder(*{**GOOD, file: content}.values())
    with refused(str(folder / file)) as caught:
        read_folder(folder, DataConfig())
    assert re.search(r"; \w+|needs", str(caught.value)), f"no remedy in: {caught.value}"


@pytest.mark.parametrize("row", [2, 3, 5])
def test_an_unquoted_comma_that_makes_a_row_too_long_is_refused_with_its_row(row, read):
    rows = ["item_id,title,genres", "1,Alien,Horror", "2,Brazil,Satire", "3,Cube,Horror", "4,Dune,Desert"]
    rows[row - 1] = "9,Good, the Bad,Western"
    with refused("items.csv", "quotes") as caught:
        read(items=csv(*rows))
    assert re.search(rf"(row|line) {row}\b", str(caught.value))


def test_a_quote_that_is_never_closed_is_refused_with_its_row_and_as_such(read):
    with refused("items.csv") as caught:
        read(items=csv("item_id,title", '1,"Alien', "2,Brazil"))
    assert re.search(r"(row|line) 2\b", str(caught.value))
    assert "contain a comma" not in str(caught.value)


def test_merging_keeps_the_last_row_of_a_repeated_pair(read):
    rows = csv("user_id,item_id,rating,timestamp", "1,1,2,10", "1,2,3,20", "1,1,5,30")
    interactions, _ = read(rows, duplicates="merge")
    assert set(interactions.itertuples(index=False, name=None)) == {(1, 2, 3.0, 20), (1, 1, 5.0, 30)}


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
    assert interactions["user_id"].tolist() == items["item_id"].tolist() == [user, other]


def test_integers_beyond_the_precision_of_floats_stay_apart(read):
    ids = [2**53, 2**53 + 1, 4294967297, 1]
    interactions, _ = read(csv("user_id,item_id,rating", *(f"{user},1,4.5" for user in ids)))
    assert interactions["user_id"].tolist() == ids
    with refused(f"user {2**53 + 1}, item 1)"):
        read(csv("user_id,item_id,rating", *(f"{user},1,4.5" for user in [*ids, 2**53 + 1])))


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


def test_a_history_is_shown_newest_first(write_folder):
    times = {item: item * 5 % 11 for item in range(1, 11)}
    folder = write_folder(
        timed(*(str(time) for time in times.values())), csv("item_id,title", *(f"{item},Film" for item in times))
    )
    shown = [times[item] for item in load_dataset(str(folder)).history(0)["item_id"]]
    assert len(shown) > 3
    assert shown == sorted(shown, reverse=True)
