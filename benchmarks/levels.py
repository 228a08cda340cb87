"""Do popular concepts come first and niches last, as the paper says?

    python benchmarks/levels.py RUN_DIR... [--flat RUN_DIR]

Prints means over the neurons of each level, and the trend over levels with its p if levels were dealt at random.
`--flat`: a run without Matryoshka prefixes, cut as if it had those of the first run: what the
measures show where levels mean nothing.
"""

import argparse
from pathlib import Path

import numpy as np

from explorer.hierarchy import Codes, level_table, measure_neurons, trends
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs import Run, load_run
from explorer.threads import use_threads

COLUMNS = ("width", "living", "density_items", "popularity", "breadth", "breadth_random", "purity")


def measured(run: Run, levels: tuple[int, ...]):
    """The neurons of a run as if they came in these levels."""
    counts = run.dataset.items["popularity"].to_numpy()
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    code, sae = run.reconstruction, run.sae
    items = Codes(
        code.item_activations.numpy()[ranked],
        sae.normalise(run.recommender.item_embeddings, "item").numpy()[ranked],
    )
    users = Codes(code.user_activations.numpy(), sae.normalise(run.recommender.user_embeddings, "user").numpy())
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path, nargs="+")
    parser.add_argument("--flat", type=Path, help="a run without levels, of the same width as the first run")
    options = parser.parse_args()
    use_threads()
    runs = [load_run(path) for path in options.run_dir]
    for run in runs:
        report(run.name, run, run.sae.levels)
    if options.flat:
        report(f"{options.flat.name}, cut as if it had levels", load_run(options.flat), runs[0].sae.levels)


if __name__ == "__main__":
    main()
