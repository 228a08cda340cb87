"""What is guessed of files that nobody described, and what is asked."""

import pytest

from explorer.data import load_dataset
from explorer.data.source.add import add_source
from explorer.data.source.guess import guess_source
from explorer.data.source.read import read_source
from explorer.errors import UserError
from tests.data.source.conftest import CORPUS

GUESSED = {
    # name: form, user, item, rating's meaning, time's kind, items' id, facets
    "shop": ("table", "customer", "product", "rating", "iso", "product", ["category", "brand"]),
    "plays": ("table", "userID", "artistID", "count", None, None, []),
    "baskets": ("lists", None, None, None, None, None, []),
    "histories": ("lists", "1", None, None, None, None, []),
    "books": ("table", "User-ID", "ISBN", "rating", None, "ISBN", ["book author", "tag"]),
    "recbole": ("table", "user_id:token", "item_id:token", "rating", "seconds", "item_id:token", ["class"]),
    "reviews": ("jsonl", "reviewerID", "asin", "rating", "seconds", "asin", ["category"]),
    "hotels": ("table", "guest", "hotel", "rating", "pattern", None, []),
    "jokes": ("matrix", None, None, "rating", None, None, []),
    "american-dates": ("table", "user", "item", None, "pattern", None, []),
    "milliseconds": ("table", "user", "item", None, "milliseconds", None, []),
    "u-data": ("table", "1", "2", "rating", "seconds", "1", ["kind"]),
    "sessions": ("parquet", "session_id", "article_id", "count", None, None, []),
}


def test_the_table_of_guesses_covers_the_corpus():
    assert set(GUESSED) == set(CORPUS)


@pytest.mark.parametrize("name", GUESSED)
def test_the_layout_and_the_columns_are_guessed(name, corpus):
    description = guess_source([corpus(name)]).description
    who, items = description.interactions, description.items
    assert (
        who.format.form,
        who.user,
        who.item,
        who.rating and who.rating.meaning,
        who.time_format and who.time_format.kind,
        items and items.id,
        [facet.name for facet in description.facets],
    ) == GUESSED[name]


@pytest.mark.parametrize("name", GUESSED)
def test_what_was_guessed_is_read_without_losing_a_row(name, corpus):
    folder = corpus(name)
    reading = read_source(guess_source([folder]).description, folder)
    for file in reading.report.files:
        assert file.rows == file.kept + sum(file.reasons.values())
        assert file.rows > 0
    assert set(reading.user) == set(range(len(reading.users)))


@pytest.mark.parametrize("name", ["shop", "plays", "baskets", "books", "recbole", "reviews"])
def test_a_folder_of_files_is_a_data_set_without_code(name, corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    add_source(guess_source([corpus(name)]).description, tmp_path / "data")
    dataset = load_dataset(name)
    assert dataset.n_users > 5
    assert len(dataset.test.indices)


def test_letters_of_another_encoding_are_read_as_they_were_meant(corpus):
    folder = corpus("books")
    guess = guess_source([folder])
    assert "Bücher & Männer 3" in set(read_source(guess.description, folder).items["title"])


def test_spellings_of_a_value_are_one_value_and_it_is_said(corpus):
    folder = corpus("shop")
    reading = read_source(guess_source([folder]).description, folder)
    assert len(reading.facets["category"]) == 2
    assert any("spelling" in sentence for sentence in reading.report.noticed)


def test_decimal_commas_are_numbers(corpus):
    folder = corpus("hotels")
    reading = read_source(guess_source([folder]).description, folder)
    assert set(reading.rating) == {1.5, 2.5, 3.5, 4.5}


def test_an_ambiguous_date_has_to_be_answered_and_the_answer_counts(corpus):
    folder = corpus("american-dates")
    guess = guess_source([folder])
    (question,) = guess.open
    assert question.key == "time"
    assert {option.value for option in question.options} == {"%m/%d/%Y", "%d/%m/%Y"}
    answered = guess_source([folder], answers={"time": "%d/%m/%Y"})
    assert not answered.open
    assert answered.description.interactions.time_format.pattern == "%d/%m/%Y"


def test_zero_beside_a_scale_is_asked_about_and_is_no_positive(corpus, tmp_path):
    guess = guess_source([corpus("books")])
    assert "seen" in [question.key for question in guess.questions]
    assert guess.description.interactions.rating.seen == (0,)
    folder = add_source(guess.description, tmp_path / "data")
    dataset = load_dataset(str(folder))
    assert any("seen, not rated" in note for note in dataset.notes)


def test_counts_are_asked_about_and_rows_of_a_pair_add_up(corpus):
    folder = corpus("plays")
    guess = guess_source([folder])
    assert [question.key for question in guess.questions] == ["meaning"]
    reading = read_source(guess.description, folder)
    lines = (folder / "plays.tsv").read_text().splitlines()[1:]
    assert reading.rating.sum() == sum(int(line.split("\t")[2]) for line in lines)


def test_columns_that_a_person_names_go_before_what_they_are_called(written):
    folder = written(x_csv="who,what,seen by\nanna,tea,bo\nbert,milk,bo\n")
    description = guess_source([folder], mapped={"user": ["seen by"], "item": ["what"]}).description
    assert (description.interactions.user, description.interactions.item) == ("seen by", "what")


def test_a_few_broken_ratings_do_not_make_the_column_no_rating(written):
    rows = "".join(f"u{i % 9},i{i % 7},{i % 5 + 1}\n" for i in range(63))
    guess = guess_source([written(r_csv="user,item,rating\n" + rows + "u1,i1,good\n")])
    assert guess.description.interactions.rating.column == "rating"


def test_a_column_that_looks_like_a_facet_and_is_not_used_is_named(written):
    rows = "".join(f"u{i % 9},i{i % 7},{i % 5 + 1},{i * 37 % 1000}\n" for i in range(63))
    guess = guess_source([written(r_csv="user,item,rating,shade\n" + rows)])
    assert any("shade" in sentence for sentence in guess.noticed)


@pytest.mark.parametrize(
    ("mapped", "answers", "said"),
    [
        ({"usr": ["user"]}, {}, "is not what a column can be"),
        ({}, {"colour": "red"}, "There is no question"),
    ],
)
def test_what_a_person_says_wrong_is_refused_with_what_is_allowed(mapped, answers, said, corpus):
    with pytest.raises(UserError, match=said):
        guess_source([corpus("shop")], mapped=mapped, answers=answers)


def test_files_without_users_or_items_say_how_to_name_them(written):
    with pytest.raises(UserError, match="--map user=COLUMN"):
        guess_source([written(x_csv="red;green;blue;grey\n" + "a;b;c;d\n" * 9)])


def test_a_first_column_of_counts_of_a_matrix_is_asked_about_and_is_no_item_in_silence(written):
    cells = [[(7 * row * item) % 9 - 4 if (row + item) % 3 else 99 for item in range(20)] for row in range(40)]
    rows = [",".join(map(str, [sum(cell != 99 for cell in row), *row])) for row in cells[::-1]]
    rows[3] = ",".join(["0", *["99"] * 20])
    path = written(jester_csv="\n".join(rows) + "\n") / "jester.csv"
    guess = guess_source([path])
    (question,) = [question for question in guess.questions if question.key == "first_column"]
    assert question.suggested == "ignore"
    reading = read_source(guess.description, path.parent)
    assert set(reading.items["item_id"].astype(str)) == {str(place) for place in range(2, 22)}
    kept = guess_source([path], answers={"first_column": "item"})
    assert 1 in read_source(kept.description, path.parent).items["item_id"].tolist()
