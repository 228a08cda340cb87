"""Compute the maps of a run by UMAP and add them to its folder.

Maps of neurons, of items, of users, and of users and items together; each with its parameters, its seed,
trustworthiness, and how often neighbours have the same facet beside chance. `--show` reads them without drawing.
"""

from __future__ import annotations

import argparse
import sys
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
        "--jobs",
        metavar="N",
        type=int,
        help="processes that draw at once (default: one per core, at most 4); the maps do not depend on it",
    )
    parser.add_argument(
        "--show",
        action="store_true",
        help="draw nothing: say what the maps in the folder are and how far to trust them",
    )
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
    """Compute the maps, or read those that are there, and print how far each can be trusted."""
    if options.jobs is not None and options.jobs < 1:
        raise UserError(f"--jobs {options.jobs} must be at least 1.")
    kinds = tuple(dict.fromkeys(options.kind)) if options.kind else None
    if options.html:
        _write_page(options, kinds or (), silent if options.background else StderrProgress())
        return
    found = _stored(options.run_dir, kinds or MAP_KINDS) if options.show else _drawn(options, kinds)
    if options.json:
        print_json({"run": str(options.run_dir), "maps": [projection.about() for projection in found]})
    else:
        for projection in found:
            print(f"{projection.describe()}.")


def _drawn(options: argparse.Namespace, kinds: tuple[str, ...] | None) -> list:
    from explorer.jobs.drawing import draw_maps
    from explorer.threads import drawing_processes

    progress = silent if options.background else StderrProgress()
    jobs = options.jobs or drawing_processes()
    return draw_maps(options.run_dir, kinds, options.seed, progress, options.background, jobs)


def _stored(run_dir: Path, kinds: tuple[str, ...]) -> list:
    """The maps in the folder of a run; what is missing or of another run is said on the standard error."""
    from explorer.maps.open import open_stored
    from explorer.runs import load_run

    run = load_run(run_dir)
    found = []
    for kind in kinds:
        stored, problem = open_stored(run, kind)
        if stored is None:
            print(problem or f"There is no map of {kind} yet.", file=sys.stderr)
        else:
            found.append(stored[0])
    return found


def _write_page(options: argparse.Namespace, kinds: tuple[MapKind, ...], progress: Progress) -> None:
    """Write one map as a page."""
    from explorer.figures.map_page import saved_map
    from explorer.jobs.drawing import draw_maps
    from explorer.maps.open import open_stored
    from explorer.runs import load_run

    if len(kinds) != 1:
        raise UserError(f"--html writes one map; say which with --kind ({', '.join(MAP_KINDS)}).")
    check_out(options.html, [".html"])
    run = load_run(options.run_dir)
    neuron = None if options.neuron is None else run.neuron(options.neuron)
    stored, _ = open_stored(run, kinds[0])
    if stored is None:
        draw_maps(run.path, kinds, options.seed, progress)
        stored, _ = open_stored(run, kinds[0])
    projection, names = stored
    theme = "dark" if options.dark else "light"
    write_out(options.html, saved_map(run, projection, names, options.colour, neuron, theme).encode("utf-8"))
    if options.json:
        print_json({"file": str(options.html), "map": projection.about()})
