"""The page's experiment is that of the command line, and an address says it whole."""

from __future__ import annotations

import json
import shlex

import pytest

from explorer.cli import main
from explorer.cli.output import json_value
from explorer.progress import silent
from explorer.steering.setting import fingerprint
from explorer.ui.steering.experiment_setting import ExperimentSetting, read_experiment_setting

SETTINGS = {
    "nudge": ExperimentSetting("nudge", "5", sample=30, doses=(0.5, 1.0), seed=3),
    "suppress": ExperimentSetting("suppress", "5", users="history >= 3", sample=30, doses=(0.0, -1.0)),
    "usual doses": ExperimentSetting("nudge", "3", sample=10),
    "expose": ExperimentSetting("expose", "5", users="top 20% of neuron 5", sample=30, doses=(1.0,), promoted="9"),
    "rounds": ExperimentSetting("rounds", "5", sample=10, doses=(0.5,)),
    "rounds, usual dose": ExperimentSetting("rounds", "5", sample=5, refit=True),
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_the_command_that_the_page_shows_prints_the_pages_numbers(tiny_runs, setting, capfd):
    run = tiny_runs("als")
    found = setting.do(run, silent)
    capfd.readouterr()
    assert main([*shlex.split(setting.command(run))[3:], "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["results"] == json_value(found.table)


def test_an_address_is_read_as_the_setting_that_it_was_made_from(tiny_runs):
    run = tiny_runs("als")
    asked = {
        "experiment": "expose",
        "target": "5",
        "counted": "Horror",
        "users": "history >= 3",
        "sample": "50",
        "doses": "0.5,1",
        "promoted": "9",
        "seed": "3",
        "target_of": fingerprint(run),
    }
    read, problems = read_experiment_setting(run, asked)
    assert not problems
    expected = ExperimentSetting("expose", "5", "Horror", "history >= 3", 50, (0.5, 1.0), "9", False, 3, asked=True)
    assert read == expected
    assert read_experiment_setting(run, {}) == (ExperimentSetting(), [])
    assert not read_experiment_setting(run, {**asked, "target_of": "0"})[0].asked
