"""Measure a run again from its folder: accuracy, fidelity, sparsity, purity.

Everything is computed anew by the code that training used; only the timings are those of the training.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json
from explorer.cli.train import print_headlines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `evaluate`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")


def run(options: argparse.Namespace) -> None:
    """Print the numbers."""
    from explorer.runs import evaluate_run, load_run
    from explorer.threads import use_threads

    use_threads()
    metrics = evaluate_run(load_run(options.run_dir))
    if options.json:
        print_json(metrics.as_json())
    else:
        print_headlines(metrics)
