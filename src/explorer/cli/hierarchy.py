"""The hierarchy of a run's concepts: which neurons are kinds of which, and what sets the levels apart.

Needs a run with Matryoshka prefixes (`train --preset matryoshka`). A neuron has one parent or none.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import cell, print_json, print_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `hierarchy`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")


def run(options: argparse.Namespace) -> None:
    """Print levels, trends and the tree."""
    from explorer.hierarchy.of_run import hierarchy_of, recovery_of
    from explorer.runs import load_run
    from explorer.threads import use_threads

    use_threads()
    run = load_run(options.run_dir)
    found = hierarchy_of(run)
    recovered = recovery_of(run, found)
    if options.json:
        print_json(
            {
                "run": str(options.run_dir),
                "levels": found.level_metrics,
                "trends": found.trends,
                "edges": found.edges,
                "flags": found.flags,
                "orphans": found.orphans(),
                "reason": found.reason,
                "recovery": recovered,
            }
        )
        return
    columns = ("level", "width", "living", "density_items", "density_users", "popularity", "breadth", "purity")
    print_table(
        found.level_metrics[[*columns, "rbo@30", "ndcg@20"]].to_dict("records"),
        {name: name for name in (*columns, "rbo@30", "ndcg@20")},
    )
    for trend in found.trends.to_dict("records"):
        verdict = "falls" if trend["holds"] else "does not fall"
        print(f"{trend['measure']} {verdict} from level to level: ρ {cell(trend['spearman'])}, p {cell(trend['p'])}")
    if found.reason:
        print(found.reason)
        return
    living = int((found.flags["living"] & (found.flags["level"] > 1)).sum())
    splits, absorbing = int(found.flags["split"].sum()), int(found.flags["absorbs"].sum())
    print(
        f"{len(found.edges)} of {living} later neurons have a parent, {len(found.orphans())} have none; "
        f"{splits} parents are split, {absorbing} children absorb theirs"
    )
    if recovered:
        print(f"planted tree: precision {cell(recovered['precision'])}, recall {cell(recovered['recall'])}")
    labels = run.index.neurons["label"]

    def show(neuron: int, depth: int) -> None:
        print(f"{'  ' * depth}{neuron} {labels[neuron]}")
        for child in found.children_of(neuron):
            show(child, depth + 1)

    for neuron in found.roots():
        show(neuron, 0)
    for neuron in found.orphans():
        print("no parent:")
        show(neuron, 1)
