"""`datasets add` and `datasets show`, and training on what was added."""

import pandas as pd
import pytest

from tests.data.source.conftest import made


@pytest.fixture
def own(place, tmp_path, monkeypatch):
    """Makes one of the corpus; data sets are kept in a folder of the test."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    return lambda name: made(name, tmp_path)


def test_files_are_added_listed_and_shown(own, cli, read_json, tmp_path):
    added = read_json("datasets", "add", own("shop"), "--licence", "mine")
    assert added["folder"] == str(tmp_path / "data" / "shop")
    assert added["description"]["licence"] == "mine"
    assert added["dataset"]["items"] == 30
    (row,) = [row for row in read_json("datasets")["datasets"] if row["name"] == "shop"]
    assert row["kind"] == "described"
    shown = read_json("datasets", "show", "shop")
    assert shown == added["dataset"]
    assert [facet["name"] for facet in shown["facets"]] == ["category", "brand"]


def test_a_dry_run_keeps_nothing(own, cli, read_json, tmp_path):
    assert read_json("datasets", "add", own("plays"), "--dry-run")["folder"] is None
    assert not (tmp_path / "data").exists()


def test_rows_that_are_left_out_are_written_as_csv(own, cli, tmp_path):
    folder = own("shop")
    with (folder / "ratings.csv").open("a") as file:
        file.write("c1,=p2,bad,2024-03-01\n")
    cli("datasets", "add", folder, "--rejected", tmp_path / "rejected.csv")
    rejected = pd.read_csv(tmp_path / "rejected.csv")
    assert "has no number as rating" in set(rejected["reason"])


def test_an_open_question_is_asked_and_answered(own, cli):
    folder = own("american-dates")
    done = cli("datasets", "add", folder)
    assert done.code == 2
    assert "--answer time=%d/%m/%Y" in done.err
    done = cli("datasets", "add", folder, "--answer", "time=%d/%m/%Y")
    assert done.code == 0
    assert "american-dates: " in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "user"], "--map 'user' is not of the form ROLE=COLUMN"),
        (["--answer", "x=y"], "There is no question 'x'"),
        (["--name", "demo"], "There is already a data set 'demo'"),
        (["--rejected", "x.txt"], "ends in none of .csv"),
    ],
)
def test_a_mistake_is_one_sentence_and_keeps_nothing(options, said, own, cli, tmp_path):
    done = cli("datasets", "add", own("shop"), *options)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "data").exists()


def test_a_name_that_is_taken_is_refused(own, cli):
    folder = own("shop")
    assert cli("datasets", "add", folder).code == 0
    done = cli("datasets", "add", folder)
    assert done.code == 2
    assert "There is already a data set 'shop'" in done.err
