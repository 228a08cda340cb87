"""`selection`: what the page says of a selection, in the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.browse.selection import describe_selection
from explorer.browse.selection_comparison import compare_selections
from explorer.maps.selection import selection_id, selection_of_rows
from explorer.maps.selection_store import load_selection
from tests.helpers import assert_is_an_error


def test_a_stored_selection_has_the_numbers_of_the_page_and_is_compared_by_its_id(demo_run, read_json, cli, tmp_path):
    data = demo_run.dataset
    rows = np.flatnonzero(data.genre_matrix[:, data.genres.index("Horror")])
    horror, first = selection_of_rows(item=rows), selection_of_rows(item=[0, 1, 2])
    said = read_json("selection", demo_run.path, "--where-facet", "HORROR", "--store")
    assert said["selection"] == selection_id(demo_run, horror) and said["items"]["count"] == len(rows)
    assert load_selection(demo_run, said["selection"]).same_points(horror)
    expected = describe_selection(demo_run, horror)
    assert said["headline"] == expected.headline
    assert [one["p"] for one in said["items"]["concepts"]] == expected.parts[0].concepts["p"].tolist()
    ids = data.items["item_id"][:3].astype(str).tolist()
    (tmp_path / "ids.txt").write_text("\n".join([*ids, ""]))
    for which in (["--items", *ids], ["--items-file", tmp_path / "ids.txt"]):
        found = read_json("selection", demo_run.path, *which, "--with", said["selection"])
        assert found["comparison"]["headline"] == compare_selections(demo_run, first, horror).headline
    text = cli("selection", demo_run.path, "--id", said["selection"]).out
    assert expected.headline in text and str(expected.parts[0].audience["user"].iloc[0]) in text


def test_points_concepts_and_the_report_are_written_as_files(demo_run, cli, tmp_path):
    for name, options in (("p.csv", []), ("c.parquet", ["--table", "concepts"]), ("r.json", [])):
        assert cli("selection", demo_run.path, "--users", "1", "2", "--out", tmp_path / name, *options).code == 0
    assert pd.read_csv(tmp_path / "p.csv")["name"].tolist() == ["User 1", "User 2"]
    assert {"neuron", "lift", "p"} <= set(pd.read_parquet(tmp_path / "c.parquet"))
    assert '"headline"' in (tmp_path / "r.json").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--id", "0123456789"], ["no selection 0123456789"]),
        (["--id", "../x"], ["'../x'"]),
        (["--where-facet", "Nonsense"], ["'Nonsense'", "Drama"]),
        (["--users", "nobody"], ["nobody"]),
        (["--neurons", "999"], ["neuron 999"]),
        (["--items-file", "missing.txt"], ["missing.txt"]),
        (["--neurons", "1", "--levels", "7"], ["--levels 7"]),
        (["--neurons", "1", "--out", "a.png"], [".json"]),
        ([], ["--id"]),
    ],
)
def test_what_is_asked_for_in_vain_is_said_on_one_line(demo_run, cli, options, words):
    assert_is_an_error(cli("selection", demo_run.path, *options), *words)
