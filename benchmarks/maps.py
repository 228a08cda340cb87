"""What a map costs and how far it can be trusted: UMAP in a fresh process each, and PCA in the same one.

    python benchmarks/maps.py [--large]

64 dimensions, 40 groups of points. A new process imports UMAP and compiles it, as the worker has to. CPU seconds are
shown because they mean something on a machine that does other things too.
"""

import argparse
import json
import os
import subprocess
import sys

SIZES, LARGE, DIM, GROUPS = (4_000, 20_000), 100_000, 64, 40
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
    "epochs s": epochs,
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} points too")
    options = parser.parse_args()
    for number, n in enumerate((*SIZES, LARGE) if options.large else SIZES):
        row = measure(n)
        if number == 0:
            print("| " + " | ".join(row) + " |\n|" + " --- |" * len(row))
        shown = " | ".join(f"{v:,}" if isinstance(v, int) else f"{v:.2f}" for v in row.values())
        print(f"| {shown} |", flush=True)


if __name__ == "__main__":
    main()
