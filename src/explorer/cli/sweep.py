"""Train a grid of settings and compare the results: one table, and a figure of purity against fidelity.

--vary KEY=V1,V2,... varies one setting and can be repeated; every combination is tried. --grid FILE.toml reads
one or several [[grid]] tables, each with `set` (dotted key = value) and `vary` (dotted key = list of values), whose
combinations are tried one table after the other. Stopped at any moment, the same command resumes the sweep.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import StderrProgress, print_json, print_table
from explorer.errors import UserError

FIRST = 15
"""Number of configurations that are printed, best fidelity first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `sweep`."""
    parser.add_argument("--dataset", metavar="NAME_OR_FOLDER", required=True, help="as for train")
    parser.add_argument("--out", metavar="SWEEP_DIR", type=Path, required=True, help="folder of the sweep")
    parser.add_argument(
        "--vary", metavar="KEY=V1,V2", action="append", default=[], help="values of one setting; can be repeated"
    )
    parser.add_argument("--grid", metavar="FILE.toml", type=Path, help="grids from a file")
    parser.add_argument("--seeds", metavar="N,N", help="seeds that every configuration is tried with (default: 0)")
    parser.add_argument("--preset", metavar="NAME", help="settings to start from, as for train")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="a setting of every point")
    parser.add_argument("--sample", metavar="N", type=int, help="try only N of the points, at random")
    parser.add_argument("--sample-seed", metavar="N", type=int, default=0, help="seed of that choice (default: 0)")
    parser.add_argument("--threads", metavar="N", type=int, help="torch threads (default: 1)")
    parser.add_argument("--list", action="store_true", help="list the points and stop")


def run(options: argparse.Namespace) -> None:
    """Train the points that are not there yet, and print the best."""
    from explorer.data import find_source
    from explorer.measures import COVERAGE, HELD_OUT, NDCG, PURITY, RBO, measure
    from explorer.sweep import frontier, read_grid, run_sweep, sample_points, varied, write_figure
    from explorer.threads import DEFAULT_THREADS, use_threads

    if options.threads is not None and options.threads < 1:
        raise UserError(f"--threads {options.threads} must be at least 1.")
    vary = varied([*options.vary, *([f"seed={options.seeds}"] if options.seeds else [])])
    points = read_grid(options.grid, vary, options.set, options.preset)
    points = sample_points(points, options.sample, options.sample_seed)
    find_source(options.dataset)
    if options.list:
        rows = [{"point": point.key, "seed": point.config.seed, "settings": point.arguments} for point in points]
        if options.json:
            print_json({"points": rows})
        else:
            print_table(rows, {"point": "point", "seed": "seed", "settings": "settings"})
        return
    use_threads(options.threads or DEFAULT_THREADS)
    sweep = run_sweep(options.dataset, points, options.out, StderrProgress())
    best = frontier(sweep.table)
    figure = write_figure(sweep, best)
    if options.json:
        where = {"sweep": str(options.out), "figure": figure and str(figure)}
        print_json({**where, "configurations": best, "points": sweep.table})
        return
    rows = best.head(FIRST).to_dict("records")
    shown = {key: measure(key).short for key in (COVERAGE, HELD_OUT, RBO, NDCG, PURITY, "l0_items", "l0_users")}
    print_table(rows, {**shown, "n": "seeds", "about": "settings"})
    failed = int(sweep.table["problem"].notna().sum()) if "problem" in sweep.table else 0
    print(f"{len(sweep.table)} points in {options.out}" + (f", {failed} of them failed" if failed else ""))
