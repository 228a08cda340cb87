"""Export the steered embeddings of many users, for a system that scores them itself.

The file has the users' ids, an embedding for each, and the run and the setting: .npz (numpy, without pickle),
.safetensors or .parquet, by the end of its name.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import StderrProgress, check_out, print_json, write_out
from explorer.cli.people import add_users_arguments, cohort
from explorer.cli.steer import add_edit_arguments, read_setting

ENDS = (".npz", ".safetensors", ".parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `embeddings`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help=f"file to write; its name ends in {', '.join(ENDS)}"
    )
    add_users_arguments(parser, "users who fit a rule of `experiment`, for example 'history >= 50'")
    add_edit_arguments(parser)


def run(options: argparse.Namespace) -> None:
    """Write the file."""
    from explorer.audit import open_run
    from explorer.experiments.embeddings import WRITERS, steered_embeddings
    from explorer.threads import use_threads

    check_out(options.out, ENDS)
    use_threads()
    opened = open_run(options.run_dir)
    setting = read_setting(options, opened)
    users = cohort(opened, options)
    made = steered_embeddings(opened, users.users, setting, StderrProgress())
    write_out(options.out, WRITERS[options.out.suffix](made))
    if options.json:
        print_json({**made.about, "cohort": users.rule, "out": options.out})
    else:
        print(f"{len(users):,} users, {made.embeddings.shape[1]} dimensions: {options.out}")
