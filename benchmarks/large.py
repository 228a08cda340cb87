"""From files to a finished run at several sizes: seconds by stage beside the estimate before the start, and memory.

    python benchmarks/large.py [--sizes little usual huge] [--set KEY=VALUE …] [--seed 0]

The data are invented: a long tail of popularity, 40 groups of items, users who like three of them. Each training is a
process of its own, the command line's; maps are not drawn. `huge` takes 20M interactions of 1M users and 200,000 items.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.config import load_config
from explorer.data import load_dataset
from explorer.jobs.estimate import estimate_seconds
from explorer.runs import read_manifest
from explorer.threads import use_threads

SIZES = {
    "little": (50_000, 1_000, 500),
    "usual": (1_000_000, 50_000, 20_000),
    "huge": (20_000_000, 1_000_000, 200_000),
}
"""Interactions, users, items."""
GROUPS, LIKED, FAITHFUL = 40, 3, 0.8
"""Groups of items, how many a user likes, and the share of the interactions that is of those."""


def write(folder: Path, n: int, users: int, items: int, seed: int) -> None:
    """Interactions and items as Parquet, and their description."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, users, n)
    liked = rng.integers(0, GROUPS, (users, LIKED))
    group = np.where(rng.random(n) < FAITHFUL, liked[user, rng.integers(0, LIKED, n)], rng.integers(0, GROUPS, n))
    place = (items // GROUPS * rng.random(n) ** 3).astype(np.int64)
    pd.DataFrame({"user": user, "item": place * GROUPS + group}).drop_duplicates().to_parquet(folder / "seen.parquet")
    item = np.arange(items)
    pd.DataFrame({"item": item, "title": [f"Item {n}" for n in item], "group": [f"Group {n % GROUPS}" for n in item]}
                 ).to_parquet(folder / "items.parquet")  # fmt: skip
    (folder / "source.toml").write_text(
        f'name = "{folder.name}"\n[interactions]\nfiles = ["seen.parquet"]\nuser = "user"\nitem = "item"\n'
        '[interactions.format]\nform = "parquet"\n'
        '[items]\nfiles = ["items.parquet"]\nid = "item"\ntitle = "title"\n[items.format]\nform = "parquet"\n'
        '[[facets]]\nname = "group"\ncolumns = ["group"]\n'
    )


def main() -> None:
    """Print a table per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["little", "usual"], choices=list(SIZES))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the training")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    use_threads()
    for size in sorted(options.sizes, key=list(SIZES).index):  # the memory of processes is that of the largest so far
        with tempfile.TemporaryDirectory() as place:
            folder, out = Path(place) / size, Path(place) / "run"
            folder.mkdir()
            write(folder, *SIZES[size], options.seed)
            data = load_dataset(str(folder))
            sizes = (data.n_users, data.n_items, data.train.nnz)
            del data
            config = load_config(settings=options.set)
            began = time.perf_counter()
            expected = estimate_seconds(config, *sizes)
            asked = time.perf_counter() - began
            began = time.perf_counter()
            command = [sys.executable, "-m", "explorer", "train", "--dataset", str(folder), "--out", str(out)]
            settings = [each for setting in options.set for each in ("--set", setting)]
            done = subprocess.run([*command, "--no-maps", "--json", *settings], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
            took, found = time.perf_counter() - began, read_manifest(out).metrics.seconds
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
            report(size, sizes, expected, found, took)
            print(f"{memory:.1f} GB; the estimate took {asked:.1f} s", flush=True)


def report(size: str, sizes: tuple[int, int, int], expected: dict, found: dict, took: float) -> None:
    """The table of one training."""
    print(f"\n{size}: {sizes[0]:,} users, {sizes[1]:,} items, {sizes[2]:,} training positives\n")
    print("| stage | estimated, s | took, s | ratio |\n| --- | --- | --- | --- |")
    for stage, seconds in expected.items():
        print(f"| {stage} | {seconds:.1f} | {found[stage]:.1f} | {found[stage] / max(seconds, 1e-9):.2f} |")
    total = sum(expected.values())
    print(f"| all, with the start of the process | {total:.1f} | {took:.1f} | {took / total:.2f} |\n")


if __name__ == "__main__":
    main()
