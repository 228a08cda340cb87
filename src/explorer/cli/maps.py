"""Compute the maps of a run by UMAP and add them to its folder.

A map of neurons, one of items, and one of users and items together; each with its parameters, seed and trustworthiness.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.choices import MAP_KINDS, MapKind
from explorer.cli.output import StderrProgress, check_out, print_json, write_out
from explorer.errors import UserError
from explorer.progress import Progress, silent


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
    parser.add_argument(
        "--html",
        metavar="FILE",
        type=Path,
        help="write the map as one page that needs nothing else; needs one --kind, and computes it only if it is not "
        "in the folder",
    )
    parser.add_argument("--colour", metavar="NAME", help="what the page's points are coloured by, such as popularity")
    parser.add_argument("--neuron", metavar="N", help="chosen on the page; --colour activation is its activation")
    parser.add_argument("--dark", action="store_true", help="the page on a dark ground")
    parser.add_argument("--background", action="store_true", help="at a lower priority and without progress")


def run(options: argparse.Namespace) -> None:
    """Compute the maps, and print how far each can be trusted."""
    from explorer.jobs.drawing import draw_maps

    progress = silent if options.background else StderrProgress()
    kinds = tuple(dict.fromkeys(options.kind)) if options.kind else None
    if options.html:
        _write_page(options, kinds or (), progress)
        return
    drawn = draw_maps(options.run_dir, kinds, options.seed, progress, options.background)
    if options.json:
        print_json({"run": str(options.run_dir), "maps": [projection.about() for projection in drawn]})
    else:
        for projection in drawn:
            print(projection.describe())


def _write_page(options: argparse.Namespace, kinds: tuple[MapKind, ...], progress: Progress) -> None:
    """Write one map as a page."""
    from explorer.figures.map_page import saved_map
    from explorer.jobs.drawing import draw_maps
    from explorer.maps import load_map
    from explorer.runs import load_run

    if len(kinds) != 1:
        raise UserError(f"--html writes one map; say which with --kind ({', '.join(MAP_KINDS)}).")
    check_out(options.html, [".html"])
    run = load_run(options.run_dir)
    neuron = None if options.neuron is None else run.neuron(options.neuron)
    if load_map(run.path, kinds[0]) is None:
        draw_maps(run.path, kinds, options.seed, progress)
    projection, names = load_map(run.path, kinds[0])
    theme = "dark" if options.dark else "light"
    write_out(options.html, saved_map(run, projection, names, options.colour, neuron, theme).encode("utf-8"))
    if options.json:
        print_json({"file": str(options.html), "map": projection.about()})
