"""Measure a run again from its folder: accuracy, fidelity, sparsity, purity.

Everything is computed anew by the code that training used; only the timings are those of the training. With --update
the neurons are indexed anew, too, and the folder is rewritten with what was measured: that brings a run of an older
format up to date. The weights stay as they are. Stability is what `stability` found, if that was run.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import cell, print_json, print_table
from explorer.cli.stability import print_stability

if TYPE_CHECKING:
    from explorer.runs import RunMetrics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `evaluate`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--update", action="store_true", help="rewrite the run with its index and measures made anew")


def run(options: argparse.Namespace) -> None:
    """Print the numbers."""
    from explorer.runs import evaluate_run, load_run, update_run
    from explorer.stability import load_stability
    from explorer.threads import use_threads

    use_threads()
    metrics = update_run(options.run_dir).metrics if options.update else evaluate_run(load_run(options.run_dir))
    stability = load_stability(options.run_dir)
    if options.json:
        print_json({**metrics.as_json(), **({"stability": stability.as_json()} if stability else {})})
    else:
        print_headlines(metrics)
        print_concepts(metrics)
        if stability:
            print_stability(stability)


def print_headlines(metrics: RunMetrics) -> None:
    """The numbers of `evaluate` for a person."""
    from explorer import measures

    def labelled(key: str, value: float | None) -> str:
        return f"{measures.measure(key).short} {cell(value)}"

    data, model, sae, fidelity = metrics.dataset, metrics.recommender, metrics.sae, metrics.fidelity
    agreement = {measures.RBO: fidelity.rbo, measures.KENDALL: fidelity.kendall, measures.OVERLAP: fidelity.overlap}
    print(
        f"{data.name}: {data.users:,} users, {data.items:,} items, {data.interactions:,} interactions\n"
        f"{model.kind}, {model.dim} dimensions: "
        f"{labelled(measures.NDCG, model.ndcg)}, {labelled(measures.RECALL, model.recall)}\n"
        f"{sae.activation} autoencoder, {sae.width} neurons ({sae.dead} dead): "
        f"{cell(sae.l0_items)} active per item, {cell(sae.l0_users)} per user; "
        f"explained variance {cell(sae.ev_items)} of items, {cell(sae.ev_users)} of users\n"
        f"lists from the reconstruction: {', '.join(labelled(key, value) for key, value in agreement.items())}, "
        f"{labelled(measures.NDCG, fidelity.ndcg)}\n"
        f"{labelled(measures.PURITY, metrics.purity[measures.PURITY_DEPTHS[0]].mean)}, the best neuron of each facet, "
        "mean over facets"
    )


def print_concepts(metrics: RunMetrics) -> None:
    """Whether the neurons are concepts, beside the baselines, and what has to be said of that."""
    from explorer import measures
    from explorer.runs import is_rotation, not_measured
    from explorer.runs.card import distribution_text, with_spread

    found = metrics.concepts
    if found is None:
        return
    cover, halves = found.coverage, found.held_out

    def labelled(key: str, value: float | None) -> str:
        return f"{measures.measure(key).short} {measures.measure(key).text(value)}"

    held_out = {measures.held_out_key(k): of for k, of in halves.purity.items()} | {"held_out_ap": halves.ap}
    shown = [f"{measures.measure(key).short} {with_spread(key, of)}" for key, of in held_out.items()]
    print(
        f"{labelled(measures.COVERAGE, cover.energy)}, {labelled('covered_lift', cover.lift)}; lists from named "
        f"neurons only: {labelled(measures.RBO, cover.rbo)}, {labelled(measures.NDCG, cover.ndcg)}\n"
        f"{', '.join(shown)}\n"
        f"{labelled('alive_share', found.alive_share)} ({found.alive}), {labelled('antipodal', found.antipodal)}, "
        f"{labelled('named', found.named)}, {labelled('name_holds', found.name_holds)}\n"
        f"neurons per user {distribution_text(found.active_users)}, per item {distribution_text(found.active_items)} "
        "(fewest · 5th · 50th · 95th percentile)"
    )
    keys = ("directions", measures.HELD_OUT, "held_out_ap", measures.RBO, measures.NDCG, measures.PURITY)
    print_table(metrics.baselines.rows(), {"what": "", **{key: measures.measure(key).short for key in keys}})
    for remark in (is_rotation(metrics), *not_measured(metrics)):
        if remark:
            print(remark)
