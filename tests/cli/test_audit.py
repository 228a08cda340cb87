"""`audit`: review, take back, export, import and read an audit without a browser."""

from __future__ import annotations

import json
import shutil

import pytest

from explorer.cli import main
from tests.helpers import assert_is_an_error


@pytest.fixture
def audit(tiny_runs, tmp_path, monkeypatch, capsys):
    """Run `audit` on a copy of a run with a database of its own; returns the lines, or the object with `--json`."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    folder = shutil.copytree(tiny_runs("als").path, tmp_path / "mine")

    def command(*arguments: object, run=folder):
        assert main(["audit", str(run), *map(str, arguments)]) == 0, capsys.readouterr().err
        out = capsys.readouterr().out
        return json.loads(out) if "--json" in arguments else out

    return command


def test_a_review_is_written_changed_taken_back_and_its_history_shown(audit):
    assert "Not reviewed" in audit()
    first = audit("--neuron", 7, "--verdict", "real", "--name", "Night films", "--as", "Ann", "--tag", "a", "--json")
    assert (first["verdict"], first["tags"], first["version"]) == ("real", ["a"], 1)
    second = audit("--neuron", 7, "--verdict", "partly", "--as", "ann", "--json")
    assert (second["verdict"], second["name"], second["version"]) == ("partly", "Night films", 2)
    assert audit("--neuron", 7, "--undo", "--as", "Ann", "--json")["verdict"] == "real"
    assert audit("--neuron", 7, "--redo", "--as", "Ann", "--json")["verdict"] == "partly"
    actions = [one["action"] for one in audit("--history", 7, "--json")["history"]]
    assert actions == ["review", "review", "undo", "redo"]
    assert audit("--history", 7).count("Ann") == 4 and "Nobody has said" in audit("--history", 8)
    shown = audit()
    assert "Night films" in shown and "Ann: partly" in shown
    state = audit("--json")
    assert state["standing"][0]["standing"] == "partly" and state["reviews"][0]["neuron"] == 7


def test_what_is_exported_is_imported_into_another_database(audit, tmp_path, monkeypatch):
    audit("--neuron", 7, "--verdict", "real", "--as", "Ann")
    for end in (".json", ".csv"):
        audit("--export", tmp_path / f"a{end}")
        monkeypatch.setenv("EXPLORER_AUDIT_URL", f"sqlite:///{tmp_path}/{end}.sqlite")
        source = ("--import", tmp_path / f"a{end}")
        assert "Would be: 1 review new" in audit(*source, "--preview") and "Not reviewed" in audit()
        assert audit(*source, "--json")["new"][0]["verdict"] == "real"
        audit("--neuron", 7, "--verdict", "not", "--as", "Ann")
        audit("--neuron", 7, "--verdict", "skip", "--as", "Ann")
        assert "0 reviews new, 1 known" in audit(*source)
        monkeypatch.delenv("EXPLORER_AUDIT_URL")


def test_conflicts_are_printed_and_overwritten_only_when_asked(audit, tmp_path):
    audit("--neuron", 7, "--verdict", "real", "--as", "Ann")
    (tmp_path / "b.csv").write_text("neuron,verdict\n7,not\n")
    source = ("--import", tmp_path / "b.csv", "--as", "Ann")
    shown = audit(*source)
    assert "1 conflict not overwritten" in shown and "--overwrite" in shown and "line 2" in shown
    assert audit(*source, "--overwrite", "--json")["overwritten"]
    assert audit("--json")["reviews"][0]["verdict"] == "not"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--verdict", "real", "--as", "Ann"], "--neuron"),
        (["--neuron", "7", "--as", "Ann"], "--verdict"),
        (["--neuron", "7", "--verdict", "real"], "--as NAME"),
        (["--neuron", "7", "--undo", "--verdict", "real", "--as", "Ann"], "--undo"),
        (["--neuron", "7", "--undo", "--as", "Ann"], "taken back"),
        (["--neuron", "99", "--verdict", "real", "--as", "Ann"], "neuron 99"),
        (["--neuron", "7", "--verdict", "good", "--as", "Ann"], "'good'"),
        (["--overwrite"], "--import"),
        (["--history", "99"], "neuron 99"),
        (["--import", "nowhere.json"], "nowhere.json"),
        (["--export", "a.xlsx"], ".csv"),
    ],
)
def test_what_cannot_be_done_is_one_line(audit, arguments, words, tmp_path, capsys):
    code = main(["audit", str(tmp_path / "mine"), *arguments])
    done = type("Done", (), {"code": code, **capsys.readouterr()._asdict()})
    assert_is_an_error(done, words)


@pytest.mark.parametrize(
    ("url", "words"), [("oracle://x", "sqlite:///"), ("nonsense", "address"), ("sqlite://", "sqlite:///")]
)
def test_a_database_that_cannot_be_one_is_a_sentence(audit, url, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EXPLORER_AUDIT_URL", url)
    assert main(["audit", str(tmp_path / "mine")]) == 2
    assert words in capsys.readouterr().err
