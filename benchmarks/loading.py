"""From a file to a split data set: seconds and memory, at several sizes, from CSV and Parquet.

    python benchmarks/loading.py                        1M interactions, 50,000 users, 20,000 items
    python benchmarks/loading.py --huge                 20M interactions, 1M users, 200,000 items
    python benchmarks/loading.py --folder FOLDER        a data set of your own instead

Each load runs in a process of its own, whose largest memory is reported. Interactions are invented, with a long tail of
popularity; ids are whole numbers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

SIZES = {"usual": (1_000_000, 50_000, 20_000), "huge": (20_000_000, 1_000_000, 200_000)}
_LOAD = """
import json, resource, sys, time
from explorer.data import load_dataset
import duckdb, pandas, pyarrow
began = time.perf_counter()
data = load_dataset(sys.argv[1])
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    "users": data.n_users, "items": data.n_items, "interactions": len(data.interactions)}))
"""


def invented(n: int, users: int, items: int, seed: int) -> pd.DataFrame:
    """So many interactions, with repeats, of a long tail."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "user": rng.integers(0, users, n),
            "item": np.minimum((items * rng.random(n) ** 3).astype(np.int64), items - 1),
            "rating": rng.integers(1, 6, n),
            "timestamp": rng.integers(1_500_000_000, 1_700_000_000, n),
        }
    )


def described(folder: Path, file: str) -> None:
    """`source.toml` of a file."""
    form = "parquet" if file.endswith("parquet") else "table"
    (folder / "source.toml").write_text(
        f'name = "{folder.name}"\n[interactions]\nfiles = ["{file}"]\nuser = "user"\nitem = "item"\n'
        'time = "timestamp"\n'
        f'[interactions.format]\nform = "{form}"\n[interactions.rating]\ncolumn = "rating"\n'
        '[rows]\nat_most = 1.0\n'
    )  # fmt: skip


def measured(folder: Path) -> dict:
    """One load in a process of its own."""
    done = subprocess.run([sys.executable, "-c", _LOAD, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    """Print a line per load."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--huge", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--formats", nargs="+", default=["parquet", "csv"], choices=["parquet", "csv"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(measured(options.folder)))
        return
    sizes = SIZES["huge" if options.huge else "usual"]
    with tempfile.TemporaryDirectory() as place:
        table = invented(*sizes, options.seed)
        for form in options.formats:
            folder = Path(place) / form
            folder.mkdir()
            file = f"interactions.{form}"
            if form == "parquet":
                table.to_parquet(folder / file)
            else:
                table.to_csv(folder / file, index=False)
            described(folder, file)
            print(form, json.dumps(measured(folder)), flush=True)


if __name__ == "__main__":
    main()
