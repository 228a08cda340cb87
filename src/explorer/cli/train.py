"""Train a base model and a sparse autoencoder on it, and write a run folder.

Settings come from their defaults, then --preset, --config, then --set, --model and --seed; later wins.
`train --settings` lists every setting with its default and what it does.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from explorer.cli.evaluate import print_headlines
from explorer.cli.output import StderrProgress, print_json, print_table
from explorer.errors import UserError
from explorer.progress import silent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `train`."""
    add_run_arguments(parser)
    parser.add_argument("--model", metavar="KIND", help="base model, like als (the default); --settings lists them all")
    parser.add_argument(
        "--resume", action="store_true", help="resume the training in RUN_DIR that was stopped, with its settings"
    )
    parser.add_argument(
        "--background",
        action="store_true",
        help="at a lower priority, after the other background trainings beside RUN_DIR: what the Train page starts",
    )
    parser.add_argument(
        "--checkpoint-every",
        metavar="SECONDS",
        type=float,
        help="how much work a killed process may lose (default: 5)",
    )
    parser.add_argument("--settings", action="store_true", help="list every setting and stop")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of every command that makes a run."""
    parser.add_argument("--dataset", metavar="NAME_OR_FOLDER", help="demo, a name that `datasets` lists, or a folder")
    parser.add_argument("--out", metavar="RUN_DIR", type=Path, help="folder of the run, written whole or not at all")
    parser.add_argument("--preset", metavar="NAME", help="settings to start from; --settings lists the presets")
    parser.add_argument("--config", metavar="FILE.toml", type=Path, help="settings from a TOML file")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="one setting, e.g. sae.k=16; can be repeated"
    )
    parser.add_argument("--seed", metavar="N", type=int, help="decides split, base model and training (default: 0)")
    parser.add_argument(
        "--threads", metavar="N", type=int, help="torch threads (default: 1; more help only on an idle machine)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the run in RUN_DIR once the new one is ready")
    parser.add_argument(
        "--maps",
        action=argparse.BooleanOptionalAction,
        help="whether the maps are drawn too when the run is there (default: yes; see `maps`)",
    )


def run(options: argparse.Namespace) -> None:
    """Train and save; prints the run's headline numbers."""
    if options.settings:
        _print_settings(options)
        return
    _check(options)
    # Nothing heavy before a background training's turn has come.
    from explorer.jobs.journal import Stopped
    from explorer.jobs.worker import train_in_folder

    how = _how(options)
    start = None if options.background else _start(options, how["threads"])
    try:
        trained = train_in_folder(
            options.out,
            lambda: start or _start(options, how["threads"]),
            options.overwrite or options.resume,  # whether a run may be replaced was asked at the beginning
            silent if options.background else StderrProgress(),
            options.background,
            **how,
        )
    except Stopped as stopped:
        command = f"python -m explorer train --out {shlex.quote(str(options.out))} --resume"
        print(f"stopped; to resume: {command}", file=sys.stderr)
        raise SystemExit(128 + stopped.args[0]) from None
    if options.json:
        print_json({"run": str(trained.path), **trained.metrics.as_json()})
    else:
        print_headlines(trained.metrics)
        print(f"Run written to {trained.path}")
    if how["maps"]:
        _draw_maps(options, trained.config.seed)


def _draw_maps(options: argparse.Namespace, seed: int) -> None:
    """The run is there, whatever becomes of its maps."""
    from explorer.jobs.drawing import draw_maps
    from explorer.threads import drawing_processes

    try:
        draw_maps(options.out, None, seed, silent if options.background else StderrProgress(), jobs=drawing_processes())
    except UserError as error:
        command = f"python -m explorer maps {shlex.quote(str(options.out))}"
        print(f"The run is there, but not all of its maps: {error} To draw them again: {command}", file=sys.stderr)


def _check(options: argparse.Namespace) -> None:
    """Refuse options that are wrong whatever the data are."""
    needed = ("out",) if options.resume else ("dataset", "out")
    for name in needed:
        if getattr(options, name) is None:
            raise UserError(f"--{name} is missing.")
    if options.threads is not None and options.threads < 1:
        raise UserError(f"--threads {options.threads} must be at least 1.")
    if options.checkpoint_every is not None and not 0 <= options.checkpoint_every <= 1e6:
        raise UserError(f"--checkpoint-every {options.checkpoint_every:g} must be 0 to 1,000,000 seconds.")
    if options.resume:
        given = [name for name in ("dataset", "model", "preset", "config", "set", "seed") if getattr(options, name)]
        if given or options.seed is not None:
            raise UserError(
                f"--{(given or ['seed'])[0]} cannot be given with --resume: a training keeps its own settings."
            )


def _how(options: argparse.Namespace) -> dict:
    """What a job says beside what is trained: as the options say, else as the job that is resumed."""
    from explorer.jobs.training import Job, read_job

    job = read_job(options.out) if options.resume else None
    usual = job or Job(source="", config={}, maps=True)
    return {
        "threads": usual.threads if options.threads is None else options.threads,
        "maps": usual.maps if options.maps is None else options.maps,
        "checkpoint_every": usual.checkpoint_every if options.checkpoint_every is None else options.checkpoint_every,
    }


def _start(options: argparse.Namespace, threads: int):
    """The checkpoint to begin from, after checking whatever can be checked before the training."""
    from explorer.config import load_config
    from explorer.data import find_source
    from explorer.jobs.training import load_start
    from explorer.runs import Checkpoint, check_target
    from explorer.threads import use_threads

    use_threads(threads)
    if options.resume:
        return load_start(options.out)
    overrides = {"recommender.kind": options.model, "seed": options.seed, **getattr(options, "overrides", {})}
    config = load_config(options.config, options.set, options.preset, **overrides)
    find_source(options.dataset)
    check_target(options.out, options.overwrite)
    if not options.overwrite:
        _refuse_to_discard_checkpoint(options.out)
    return Checkpoint(config, options.dataset)


def _refuse_to_discard_checkpoint(out: Path) -> None:
    """The same command given again must not discard a stopped training."""
    from explorer.jobs.training import read_training
    from explorer.runs.checkpoint import checkpoint_file

    training = read_training(out)
    if training is not None and training.resumable and (training.job or checkpoint_file(out).exists()):
        raise UserError(
            f"{out} holds a training that was {training.state} at {training.status.done:.0%}; resume it with "
            "--resume, or start again with --overwrite."
        )


def _print_settings(options: argparse.Namespace) -> None:
    from explorer.config import PRESETS, describe_settings

    rows = [{"setting": name, "default": default, "what": text} for name, default, text in describe_settings()]
    presets = [{"preset": name, "purpose": p.purpose, "settings": p.settings} for name, p in PRESETS.items()]
    if options.json:
        print_json({"settings": rows, "presets": presets})
    else:
        print_table(rows, {"setting": "setting", "default": "default", "what": "what it is"})
        print()
        print_table(presets, {"preset": "preset", "purpose": "what it is for"})
