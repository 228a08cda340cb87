"""`export` writes what the Python interface writes."""

from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "assets" / "demo-run"


def test_a_file_is_written_and_named(read_json):
    done = read_json("export", DEMO, "--what", "activations", "--side", "users", "--out", "a.parquet")
    assert done["bytes"] == Path("a.parquet").stat().st_size


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "x.docx"], "ends in none of .csv, .parquet"),
        (["--out", "x.csv", "--what", "dreams"], "'dreams' cannot be exported"),
        (["--out", "x.csv", "--what", "lists", "--top", "0"], "must be at least 1"),
    ],
)
def test_a_mistake_is_one_sentence(options, said, cli):
    done = cli("export", DEMO, *options)
    assert done.code == 2
    assert said in done.err
