"""A run of a million items and a million users, stage by stage: seconds, memory, and how both grow.

    python benchmarks/scale.py [--sizes 100000 1000000] [--steps 20000] [--seed 0] [--keep FOLDER]

Invented: as many users as items, vectors of 64 numbers (sparse sums of 400 planted directions, in parts of a folder),
six interactions a user, 20 genres. `explain` makes the run by the command line with 512 neurons, 16 per item and 40 per
user, and a fixed budget of steps, one thread. The memory of a stage is the process's largest up to its end. Then the
run is opened as a page opens it, and lists of single users are scored over all items.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

DIM, GENRES, DIRECTIONS, PER_USER, PARTS = 64, 20, 400, 6, 4
WIDTH, K_ITEMS, K_USERS = 512, 16, 40


def write(folder: Path, n: int, seed: int) -> None:
    """Interactions, items and vectors of n users and n items."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(n), PER_USER)
    # Each item twice, so that none is left out; the rest has a long tail.
    item = (n * rng.random(len(user)) ** 3).astype(np.int64)
    item[::3], item[1::3] = (
        np.resize(rng.permutation(n), len(item[::3])),
        np.resize(rng.permutation(n), len(item[1::3])),
    )
    pd.DataFrame({"user": user, "item": item}).drop_duplicates().to_parquet(folder / "seen.parquet")
    genre = np.char.add("Genre ", (np.arange(n) % GENRES).astype(str))
    titles = np.char.add("Item ", np.arange(n).astype(str))
    pd.DataFrame({"item": np.arange(n), "title": titles, "genre": genre}).to_parquet(folder / "items.parquet")
    (folder / "source.toml").write_text(
        'name = "scale"\n[interactions]\nfiles = ["seen.parquet"]\nuser = "user"\nitem = "item"\n'
        '[interactions.format]\nform = "parquet"\n'
        '[items]\nfiles = ["items.parquet"]\nid = "item"\ntitle = "title"\n[items.format]\nform = "parquet"\n'
        '[[facets]]\nname = "genre"\ncolumns = ["genre"]\n'
    )
    directions = rng.normal(size=(DIRECTIONS, DIM)).astype(np.float32)
    for side in ("users", "items"):
        (folder / side).mkdir()
        for number, rows in enumerate(np.array_split(np.arange(n), PARTS)):
            chosen = rng.integers(DIRECTIONS, size=(len(rows), 8))
            if side == "items":
                chosen[:, 0] = rows % GENRES  # a genre is a direction
            weights = rng.exponential(size=(len(rows), 8)).astype(np.float32)
            values = np.zeros((len(rows), DIM), np.float32)
            for j in range(8):
                values += weights[:, j : j + 1] * directions[chosen[:, j]]
            np.save(folder / side / f"part-{number:05}.npy", values)


class Memory:
    """The largest resident set of a process until each of its stages ended, in GB."""

    def __init__(self, process: subprocess.Popen, status: Path):
        self.by_stage: dict[str, float] = {}
        self.process, self.status, self.most = psutil.Process(process.pid), status, 0.0
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while True:
            try:
                size = self.process.memory_info().rss / 2**30
                stage = json.loads(self.status.read_text())["stage"] if self.status.exists() else "start"
            except (psutil.Error, ValueError, OSError, KeyError):
                if not self.process.is_running() or self.process.status() == psutil.STATUS_ZOMBIE:
                    return
                continue
            self.by_stage[stage] = max(self.by_stage.get(stage, 0.0), size)
            time.sleep(0.05)


def train(folder: Path, out: Path, n: int, steps: int, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds and largest memory by stage of the command line's `explain`."""
    settings = {
        "sae.activation": "batchtopk",
        "sae.width": WIDTH,
        "sae.k": K_ITEMS,
        "sae.k_users": K_USERS,
        "sae.epochs": 10_000,
        "sae.max_steps": steps,
    }
    command = [sys.executable, "-m", "explorer", "explain", "--dataset", str(folder), "--out", str(out), "--json"]
    command += ["--users", str(folder / "users"), "--items", str(folder / "items"), "--no-maps", "--seed", str(seed)]
    command += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    log = out.with_suffix(".log")
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        memory = Memory(process, out / "training" / "status.json")
        if process.wait():
            raise SystemExit(log.read_text()[-2000:])
    seconds = json.loads((out / "run.json").read_text())["metrics"]["seconds"]
    return seconds, memory.by_stage


OPENED = """
import json, resource, sys, time
import numpy as np
from explorer.threads import use_threads
use_threads()
began = time.perf_counter()
from explorer.runs import load_run
from explorer.recommenders import recommend
run = load_run(sys.argv[1])
opened = time.perf_counter() - began
rng, times = np.random.default_rng(0), []
for user in rng.integers(run.dataset.n_users, size=20):
    began = time.perf_counter()
    recommend(run.recommender, run.dataset.seen, 30, np.array([user]))
    times.append(time.perf_counter() - began)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"open s": opened, "first list ms": 1e3 * times[0], "list ms": 1e3 * np.median(times), "GB": peak}))
"""


def opened(out: Path) -> dict[str, float]:
    """What it takes to open the run and to make one user's list, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", OPENED, str(out)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Print a table per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder in which data and runs stay")
    options = parser.parse_args()
    for n in sorted(options.sizes):
        with tempfile.TemporaryDirectory(dir=options.keep) as place:
            where = options.keep / f"{n}" if options.keep else Path(place)
            data, out = where / "scale", where / "run"
            if not (data / "source.toml").exists():
                data.mkdir(parents=True, exist_ok=True)
                write(data, n, options.seed)
            began = time.perf_counter()
            seconds, memory = train(data, out, n, options.steps, options.seed)
            took = time.perf_counter() - began
            print(f"\n{n:,} users and {n:,} items, {options.steps:,} steps: {took:.0f} s in all\n")
            print("| stage | s | largest memory, GB |\n| --- | --- | --- |")
            for stage, value in seconds.items():
                print(f"| {stage} | {value:.1f} | {memory.get(stage, float('nan')):.2f} |")
            print("| " + " | ".join(f"{name} {value:.2f}" for name, value in opened(out).items()) + " |", flush=True)


if __name__ == "__main__":
    main()
