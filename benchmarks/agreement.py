"""Agreement of lists: the vectorised RBO against LensKit's, a pair of lists at a time.

python benchmarks/agreement.py [--users 500]
"""

import argparse
import time

import numpy as np
from lenskit.data import ItemList
from lenskit.metrics import GeometricRankWeight, rank_biased_overlap

from explorer.fidelity import rbo

N = 30


def timed(function) -> tuple[float, float]:
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, float(np.mean(value))


def lenskit_rbo(a, b):
    weight = GeometricRankWeight(0.9)
    pairs = [
        (ItemList(item_ids=x, ordered=True), ItemList(item_ids=y, ordered=True)) for x, y in zip(a, b, strict=True)
    ]
    return [rank_biased_overlap(x, y, weight=weight, n=N) for x, y in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=500)
    users = parser.parse_args().users
    rng = np.random.default_rng(0)
    a, b = (np.array([rng.permutation(60)[:N] for _ in range(users)]) for _ in range(2))
    (ours, x), (theirs, y) = timed(lambda: rbo(a, b)), timed(lambda: lenskit_rbo(a, b))
    print(f"{users} users: {ours:.4f} s, LensKit {theirs:.3f} s: {theirs / ours:.0f} ×; means {x:.9f} and {y:.9f}")


if __name__ == "__main__":
    main()
