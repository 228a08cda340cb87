"""What every test of the command line does: run a command in a place where there is nothing else."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from explorer.cli import main


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working directory with no data and no runs anywhere near."""
    monkeypatch.chdir(tmp_path)
    for variable in ("EXPLORER_DATA", "EXPLORER_RUNS"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.fixture
def cli(capfd, place):
    """Run a command; returns its exit code, stdout and stderr."""

    def run(*arguments):
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return run


@pytest.fixture
def read_json(cli):
    """Run a command with --json; returns the object, after checking that stdout has nothing else."""

    def run(*arguments):
        done = cli(*arguments, "--json")
        assert done.code == 0, done.err
        value = json.loads(done.out)  # complains about anything before or after the one value
        assert isinstance(value, dict)
        return value

    return run
