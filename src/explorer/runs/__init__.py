"""Runs: the value that carries a trained thing through the house, how it is made, saved, opened and found."""

from explorer.runs.config import RunConfig, describe_settings, load_config
from explorer.runs.pipeline import evaluate_run, train_run
from explorer.runs.run import Run, check_target, load_run, read_manifest, save_run
from explorer.runs.shelf import RunEntry, find_runs, read_entry, runs_folder

__all__ = [
    "Run",
    "RunConfig",
    "RunEntry",
    "check_target",
    "describe_settings",
    "evaluate_run",
    "find_runs",
    "load_config",
    "load_run",
    "read_entry",
    "read_manifest",
    "runs_folder",
    "save_run",
    "train_run",
]
