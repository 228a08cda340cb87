"""Runs: the value that carries a trained thing through the house, how it is made, saved, opened and found."""

from explorer.runs.archive import export_run, import_run
from explorer.runs.card import run_card
from explorer.runs.care import NOTE_FILE, check_name, clean_name, delete_run, read_note, rename_run, write_note
from explorer.runs.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from explorer.runs.config import RunConfig, describe_settings, load_config, parse_value, to_toml, value_text
from explorer.runs.pipeline import STAGES, Base, Keeper, evaluate_run, explain_base, resume_run, train_base, train_run
from explorer.runs.presets import PRESETS
from explorer.runs.run import Run, check_target, load_run, read_manifest, save_run
from explorer.runs.shelf import RunEntry, find_runs, read_entry, runs_folder

__all__ = [
    "NOTE_FILE",
    "PRESETS",
    "STAGES",
    "Base",
    "Checkpoint",
    "Keeper",
    "Run",
    "RunConfig",
    "RunEntry",
    "check_name",
    "check_target",
    "clean_name",
    "delete_run",
    "describe_settings",
    "evaluate_run",
    "explain_base",
    "export_run",
    "find_runs",
    "import_run",
    "load_checkpoint",
    "load_config",
    "load_run",
    "parse_value",
    "read_entry",
    "read_manifest",
    "read_note",
    "rename_run",
    "resume_run",
    "run_card",
    "runs_folder",
    "save_checkpoint",
    "save_run",
    "to_toml",
    "train_base",
    "train_run",
    "value_text",
    "write_note",
]
