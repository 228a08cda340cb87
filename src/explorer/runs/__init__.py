"""Runs: the value that carries a trained thing through the house, how it is made, saved, opened and found."""

from explorer.runs.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from explorer.runs.config import RunConfig, describe_settings, load_config
from explorer.runs.pipeline import Base, evaluate_run, explain_base, train_base, train_run
from explorer.runs.presets import PRESETS
from explorer.runs.run import Run, check_target, load_run, read_manifest, save_run
from explorer.runs.shelf import RunEntry, find_runs, read_entry, runs_folder

__all__ = [
    "PRESETS",
    "Base",
    "Checkpoint",
    "Run",
    "RunConfig",
    "RunEntry",
    "check_target",
    "describe_settings",
    "evaluate_run",
    "explain_base",
    "find_runs",
    "load_checkpoint",
    "load_config",
    "load_run",
    "read_entry",
    "read_manifest",
    "runs_folder",
    "save_checkpoint",
    "save_run",
    "train_base",
    "train_run",
]
