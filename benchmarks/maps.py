"""What a map costs and how far it can be trusted: UMAP in a fresh process each, and PCA in the same one.

    python benchmarks/maps.py [--large | --huge]
    python benchmarks/maps.py --run RUN_DIR [--seeds 0,1,2]

64 dimensions, 40 groups of points. A new process imports UMAP and compiles it, as the worker has to. CPU seconds are
shown because they mean something on a machine that does other things too.

With a run: which vectors of neurons put those of one genre side by side. Of the five nearest neurons the share of the
same genre over that of chance, before UMAP and on the plane, among neurons with a clear genre and among all.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from explorer.maps.agreement import clear_genres, neighbour_purity, purest_genres
from explorer.maps.projection import umap_map
from explorer.maps.vectors import centroids, fired_on, unit_vectors
from explorer.runs import Run, load_run
from explorer.threads import use_threads

SIZES, LARGE, HUGE, DIM, GROUPS = (4_000, 20_000), 100_000, 1_000_000, 64, 40
_CHILD = """
import json, resource, sys, time
start = time.perf_counter()
import numpy as np
from explorer.maps.clusters import cluster_points
from explorer.maps.projection import pca_map, umap_map
from explorer.maps.vectors import unit_vectors

n, dim, groups = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
centres = rng.normal(size=(groups, dim))
vectors = unit_vectors(centres[rng.integers(groups, size=n)] + 0.7 * rng.normal(size=(n, dim)))
told, stages = [], {}

def progress(stage, done, message="", record=None):
    told.append(time.perf_counter())
    stages.setdefault(message.split(" ")[0], told[-1])

def timed(function, *args, **options):
    wall, cpu = time.perf_counter(), time.process_time()
    value = function(*args, **options)
    return value, time.perf_counter() - wall, time.process_time() - cpu

loaded = time.perf_counter() - start
umap, wall, cpu = timed(umap_map, vectors, progress=progress)
pca, pca_wall, _ = timed(pca_map, vectors)
_, cluster_wall, _ = timed(cluster_points, umap.table[["x", "y"]].to_numpy())
epochs = stages["trustworthiness"] - stages["epoch"]
print(json.dumps({
    "points": n,
    "UMAP s": wall,
    "of it CPU s": cpu,
    "neighbours s": stages["compiling"] - told[0],
    "import and compile s": stages["epoch"] - stages["compiling"],
    "epochs and placing s": epochs,
    "longest silence s": float(np.diff(told).max()),
    "trust": umap.trustworthiness,
    "PCA s": pca_wall,
    "trust of PCA": pca.trustworthiness,
    "groups' names s": cluster_wall,
    "peak memory GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
}))
"""


def measure(n: int) -> dict[str, float]:
    one = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _CHILD, str(n), str(DIM), str(GROUPS)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=one)
    return json.loads(done.stdout)


def vectors_of_neurons(run: Run) -> dict[str, np.ndarray]:
    """What a neuron could be on a map, `[n, ·]` each."""
    items = run.sae.normalise(run.recommender.item_embeddings, "item").numpy()
    users = run.sae.normalise(run.recommender.user_embeddings, "user").numpy()
    z = run.reconstruction.item_activations.numpy()
    centred = items - items.mean(axis=0)
    return {
        "decoder directions": run.sae.W_dec.numpy(),
        "activations over items": z.T,
        "centroids of items": z.T @ centred,
        "the same, whitened": centroids(items, z),
        "of users, whitened": centroids(users, run.reconstruction.user_activations.numpy()),
        "**of both** (ours)": fired_on(run),
    }


def compare_vectors(run: Run, seeds: list[int]) -> None:
    """Print a row per kind of vectors."""
    living = np.flatnonzero(run.index.neurons["max_activation"] > 0)
    genres = {"clear": clear_genres(run)[living], "any": purest_genres(run)[living]}
    print(f"{run.name}: {len(living)} live neurons, {(genres['clear'] >= 0).sum()} with a clear genre\n")
    where = ["in all dimensions", "on the plane, 5 neighbours", "on the plane, 15 neighbours"]
    print("| vectors | " + " | ".join(f"{place}: {kind}" for place in where for kind in genres) + " |")
    print("|" + " --- |" * (1 + len(where) * len(genres)))
    for name, x in vectors_of_neurons(run).items():
        points = unit_vectors(x[living], "neurons", "neuron")
        planes = [
            [umap_map(points, seed, n_neighbors=k).table[["x", "y"]].to_numpy() for seed in seeds] for k in (5, 15)
        ]
        found = [
            np.mean([ratio_of(positions, genre[points.row]) for positions in drawn])
            for drawn in ([points.x], *planes)
            for genre in genres.values()
        ]
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in found) + " |", flush=True)


def ratio_of(positions: np.ndarray, genre: np.ndarray) -> float:
    found = neighbour_purity(positions, genre)
    return found.ratio if found else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", metavar="RUN_DIR", type=Path, help="compare vectors of this run's neurons")
    parser.add_argument("--seeds", default="0,1,2", help="of UMAP (default: %(default)s)")
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} points too")
    parser.add_argument("--huge", action="store_true", help=f"{HUGE:,} points alone: takes minutes")
    options = parser.parse_args()
    if options.run:
        use_threads()
        compare_vectors(load_run(options.run), [int(seed) for seed in options.seeds.split(",")])
        return
    sizes = (HUGE,) if options.huge else (*SIZES, LARGE) if options.large else SIZES
    for number, n in enumerate(sizes):
        row = measure(n)
        if number == 0:
            print("| " + " | ".join(row) + " |\n|" + " --- |" * len(row))
        shown = " | ".join(f"{v:,}" if isinstance(v, int) else f"{v:.2f}" for v in row.values())
        print(f"| {shown} |", flush=True)


if __name__ == "__main__":
    main()
