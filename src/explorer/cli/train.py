"""Train a base recommender and a sparse autoencoder on it, and write a run folder.

Settings come from their defaults, then --preset, --config, then --set, --model and --seed; later wins.
`train --settings` lists every setting with its default and what it does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import StderrProgress, cell, print_json, print_table
from explorer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `train`."""
    parser.add_argument("--dataset", metavar="NAME_OR_FOLDER", help="demo, a name that `datasets` lists, or a folder")
    parser.add_argument("--out", metavar="RUN_DIR", type=Path, help="folder of the run, written whole or not at all")
    parser.add_argument("--model", metavar="KIND", help="base recommender: als (default) or mf")
    parser.add_argument("--preset", metavar="NAME", help="where the settings start from; --settings lists the presets")
    parser.add_argument("--config", metavar="FILE.toml", type=Path, help="settings from a TOML file")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="one setting, e.g. sae.k=16; can be repeated"
    )
    parser.add_argument("--seed", metavar="N", type=int, help="decides split, base model and training (default: 0)")
    parser.add_argument(
        "--threads", metavar="N", type=int, help="torch threads (default: 1; more pay on an idle machine)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the run in RUN_DIR once the new one is ready")
    parser.add_argument("--settings", action="store_true", help="list every setting and stop")


def run(options: argparse.Namespace) -> None:
    """Train and save; prints the run's headline numbers."""
    from explorer.data import find_source
    from explorer.runs import (
        PRESETS,
        check_target,
        describe_settings,
        load_config,
        save_checkpoint,
        save_run,
        train_run,
    )
    from explorer.threads import DEFAULT_THREADS, use_threads

    if options.settings:
        rows = [{"setting": name, "default": default, "what": text} for name, default, text in describe_settings()]
        presets = [{"preset": name, "purpose": p.purpose, "settings": p.settings} for name, p in PRESETS.items()]
        if options.json:
            print_json({"settings": rows, "presets": presets})
        else:
            print_table(rows, {"setting": "setting", "default": "default", "what": "what it is"})
            print()
            print_table(presets, {"preset": "preset", "purpose": "what it is for"})
        return
    for name in ("dataset", "out"):
        if getattr(options, name) is None:
            raise UserError(f"--{name} is missing.")
    if options.threads is not None and options.threads < 1:
        raise UserError(f"--threads {options.threads} cannot be; give 1 or more.")
    overrides = {"recommender.kind": options.model, "seed": options.seed}
    config = load_config(options.config, options.set, options.preset, **overrides)
    find_source(options.dataset)
    check_target(options.out, options.overwrite)
    use_threads(options.threads or DEFAULT_THREADS)
    trained = train_run(options.dataset, config, StderrProgress(), lambda state: save_checkpoint(state, options.out))
    trained = save_run(trained, options.out, options.overwrite)
    if options.json:
        print_json({"run": str(trained.path), **trained.metrics})
    else:
        print_headlines(trained.metrics)
        print(f"Run written to {trained.path}")


def print_headlines(metrics: dict) -> None:
    """The numbers of `evaluate` for a person."""
    data, model, sae, fidelity = (metrics[part] for part in ("dataset", "recommender", "sae", "fidelity"))
    print(
        f"{data['name']}: {data['users']:,} users, {data['items']:,} items, {data['interactions']:,} positives\n"
        f"{model['kind']}, {model['dim']} dimensions: NDCG@20 {cell(model['ndcg@20'])}, "
        f"recall@20 {cell(model['recall@20'])}\n"
        f"{sae['activation']} autoencoder, {sae['width']} neurons ({sae['dead']} dead): "
        f"{cell(sae['l0_items'])} fire on an item, {cell(sae['l0_users'])} on a user; "
        f"explained variance {cell(sae['ev_items'])} of items, {cell(sae['ev_users'])} of users\n"
        f"lists from the reconstruction: RBO@30 {cell(fidelity['rbo@30'])}, τ@30 {cell(fidelity['kendall@30'])}, "
        f"overlap@30 {cell(fidelity['overlap@30'])}, NDCG@20 {cell(fidelity['ndcg@20'])}\n"
        f"purity@10 of the best neuron per genre, mean over genres: {cell(metrics['purity']['10']['mean'])}"
    )
