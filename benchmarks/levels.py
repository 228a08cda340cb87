"""Do popular concepts come first and niches last, as the paper says?

    python benchmarks/levels.py RUN_DIR... [--flat RUN_DIR]

Prints means over the neurons of each level, and the trend over levels with its p if levels were dealt at random. Then,
for each later level, the share of neurons with a parent beside that of random directions of the same densities: by the
rule for nested prefixes and by that for levels that stand alone, whichever the run has.
`--flat`: a run without Matryoshka prefixes, cut as if it had those of the first run: what the
measures show where levels mean nothing.
"""

import argparse
from pathlib import Path

import numpy as np

from explorer.hierarchy import find_edges, level_table, measure_neurons, trends
from explorer.hierarchy.evidence import codes_of
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs import Run, load_run
from explorer.threads import use_threads

COLUMNS = ("width", "living", "density_items", "popularity", "breadth", "breadth_random", "purity")


def measured(run: Run, levels: tuple[int, ...]):
    """The neurons of a run as if they came in these levels."""
    counts = run.dataset.items["popularity"].to_numpy()
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    items, users = codes_of(run)
    return measure_neurons(
        items,
        users,
        levels,
        percentiles=percentiles(counts)[ranked],
        genres=run.dataset.genre_matrix[ranked],
        years=release_years(run.dataset)[ranked],
        purity=run.index.neurons["purity"].to_numpy(float),
        seed=run.config.seed,
    )


def report(title: str, run: Run, levels: tuple[int, ...]) -> None:
    neurons = measured(run, levels)
    print(f"\n{title}\n| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for row in level_table(neurons, levels, [])[list(COLUMNS)].to_numpy(float):
        print("| " + " | ".join("–" if np.isnan(value) else f"{value:,.4g}" for value in row) + " |")
    for trend in trends(neurons, seed=run.config.seed).to_dict("records"):
        verdict = "holds" if trend["holds"] else "does not hold"
        print(
            f"falling {trend['measure']}: ρ {trend['spearman']:+.2f}, p {trend['p']:.3f}, {verdict} "
            f"({trend['neurons']} neurons)"
        )


def report_parents(run: Run) -> None:
    print("\n| rule | level | with a parent | random directions with one | ratio |\n|" + " --- |" * 5)
    for alone in (False, True):
        rule = ("stand alone" if alone else "nested") + (" (the run's)" if alone == run.sae.levels_stand_alone else "")
        chance = find_edges(
            *codes_of(run),
            run.sae.W_dec.numpy(),
            run.sae.levels,
            seed=run.config.seed,
            alone=alone,
            apart=getattr(run.sae, "pair", 0),
        ).chance
        for level in chance.to_dict("records"):
            share = level["with_parent"] / level["children"]
            random = level["random_with_parent"] / level["random"]
            ratio = f"{share / random:.1f}" if random else "–"
            print(f"| {rule} | {level['level']} | {share:.3f} | {random:.3f} | {ratio} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path, nargs="+")
    parser.add_argument("--flat", type=Path, help="a run without levels, of the same width as the first run")
    options = parser.parse_args()
    use_threads()
    runs = [load_run(path) for path in options.run_dir]
    for run in runs:
        report(run.name, run, run.sae.levels)
        if len(run.sae.levels) > 1:
            report_parents(run)
    if options.flat:
        report(f"{options.flat.name}, cut as if it had levels", load_run(options.flat), runs[0].sae.levels)


if __name__ == "__main__":
    main()
