"""List the runs of a folder, and the trainings that are not done.

One that cannot be opened is listed with what is wrong with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json, print_table
from explorer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `runs`."""
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, nargs="?", help="whose sub-folders are runs (default: EXPLORER_RUNS)"
    )


def run(options: argparse.Namespace) -> None:
    """Print the table."""
    from explorer.jobs.listing import HEADLINES, STABLE, list_runs
    from explorer.measures import measure
    from explorer.runs import find_runs, runs_folder

    folder = options.folder or runs_folder()
    if options.folder and not folder.is_dir():
        raise UserError(f"There is no folder {folder}; give one whose sub-folders are runs.")
    table = list_runs({entry.name: entry for entry in find_runs(folder)}, folder)
    if options.json:
        print_json({"folder": str(folder), "runs": table})
        return
    if table.empty:
        print(f"No runs in {folder}.")
        return
    shown = {"run": "run", "state": "state", "dataset": "data set", "model": "base model", "sae": "autoencoder"}
    print_table(
        table.astype(object).where(table.notna(), None).to_dict("records"),
        {**shown, **{key: measure(key).short for key in (*HEADLINES, STABLE)}, "seed": "seed", "created": "trained"},
    )
    for row in table.dropna(subset="problem").to_dict("records"):
        print(f"{row['run']}: {row['problem']}")
