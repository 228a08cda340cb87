"""Compute the maps of a run by UMAP and add them to its folder.

A map of neurons, one of items, and one of users and items together; each with its parameters, seed and trustworthiness.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.choices import MAP_KINDS
from explorer.cli.output import StderrProgress, print_json
from explorer.progress import silent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `maps`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument(
        "--kind",
        action="append",
        choices=MAP_KINDS,
        help="which map (default: all); can be repeated",
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of UMAP and of the samples (default: 0)")
    parser.add_argument("--background", action="store_true", help="at a lower priority and without progress")


def run(options: argparse.Namespace) -> None:
    """Compute the maps, and print how far each can be trusted."""
    from explorer.jobs.drawing import draw_maps

    progress = silent if options.background else StderrProgress()
    kinds = tuple(dict.fromkeys(options.kind)) if options.kind else None
    drawn = draw_maps(options.run_dir, kinds, options.seed, progress, options.background)
    if options.json:
        print_json({"run": str(options.run_dir), "maps": [projection.about() for projection in drawn]})
    else:
        for projection in drawn:
            print(projection.describe())
