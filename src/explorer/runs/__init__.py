"""Runs: the value that carries a trained thing through the house, how it is made, saved, opened and found."""

from explorer.runs.archive import AUDIT_FILE, export_run, import_run, read_beside
from explorer.runs.card import run_card
from explorer.runs.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from explorer.runs.library import (
    NOTE_FILE,
    RunEntry,
    check_name,
    clean_name,
    delete_run,
    find_runs,
    read_entry,
    read_note,
    rename_run,
    runs_folder,
    write_note,
)
from explorer.runs.manifest import RunManifest, read_manifest
from explorer.runs.metrics import RunMetrics
from explorer.runs.pipeline import (
    STAGES,
    Base,
    evaluate_run,
    explain_base,
    resume_run,
    train_base,
    train_run,
    update_run,
)
from explorer.runs.remarks import is_rotation, lacks_measures, not_measured
from explorer.runs.run import Run, check_target, load_run, save_run

__all__ = [
    "AUDIT_FILE",
    "NOTE_FILE",
    "STAGES",
    "Base",
    "Checkpoint",
    "Run",
    "RunEntry",
    "RunManifest",
    "RunMetrics",
    "check_name",
    "check_target",
    "clean_name",
    "delete_run",
    "evaluate_run",
    "explain_base",
    "export_run",
    "find_runs",
    "import_run",
    "is_rotation",
    "lacks_measures",
    "load_checkpoint",
    "load_run",
    "not_measured",
    "read_beside",
    "read_entry",
    "read_manifest",
    "read_note",
    "rename_run",
    "resume_run",
    "run_card",
    "runs_folder",
    "save_checkpoint",
    "save_run",
    "train_base",
    "train_run",
    "update_run",
    "write_note",
]
