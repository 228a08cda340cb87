"""Measure how stable a run's neurons are: which of them further trainings on the same base model have too.

Trains further dictionaries with the run's own settings: with another seed, and on a random 80% of users and items.
What is found is added to the run's folder, where the pages show it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import StderrProgress, print_json, print_table
from explorer.jobs.stability import DEFAULT_SEEDS
from explorer.progress import silent

if TYPE_CHECKING:
    from explorer.stability import Stability


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `stability`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument(
        "--seeds",
        metavar="N",
        type=int,
        default=DEFAULT_SEEDS,
        help=f"trainings with another seed, and as many on samples (default: {DEFAULT_SEEDS})",
    )
    parser.add_argument("--background", action="store_true", help="at a lower priority and without progress")


def run(options: argparse.Namespace) -> None:
    """Measure, and print the shares of neurons that are found, and with `--json` every neuron."""
    from explorer.jobs.stability import measure_run_stability

    progress = silent if options.background else StderrProgress()
    found = measure_run_stability(options.run_dir, options.seeds, progress, options.background)
    if options.json:
        print_json({"run": str(options.run_dir), **found.as_json(), "by_neuron": found.neurons})
    else:
        print_stability(found)


def print_stability(found: Stability) -> None:
    """The shares for a person."""
    from explorer.stability import about_summary, summary_rows

    columns, rows = summary_rows(found)
    print(about_summary(found))
    print_table([dict(zip(columns, row, strict=True)) for row in rows], {name: name for name in columns})
    if found.problem:
        print(found.problem)
