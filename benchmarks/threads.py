"""Torch threads while something else wants the cores: training steps a second in a fresh process each.

    python benchmarks/threads.py RUN_DIR [--seconds 6]

The rival is one process that computes without pause. Shown as a ratio to one thread without a rival.
"""

import argparse
import subprocess
import sys
from pathlib import Path

_CHILD = """
import sys, time
from pathlib import Path
from explorer.runs import load_run
from explorer.sae import BatchTopKConfig, Trainer
from explorer.threads import use_threads
use_threads(int(sys.argv[2]))
trainer = Trainer(BatchTopKConfig(width=512, k=24), load_run(Path(sys.argv[1])).recommender, seed=0)
for _ in range(5):
    trainer.train_step()
start, steps = time.perf_counter(), 0
while time.perf_counter() - start < float(sys.argv[3]):
    trainer.train_step()
    steps += 1
print(steps / (time.perf_counter() - start))
"""


def steps_a_second(run_dir: Path, threads: int, seconds: float, rival: bool) -> float:
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if rival else None
    try:
        command = [sys.executable, "-c", _CHILD, str(run_dir), str(threads), str(seconds)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    finally:
        if other:
            other.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--seconds", type=float, default=6)
    options = parser.parse_args()
    base = None
    for rival in (False, True):
        for threads in (1, 2):
            rate = steps_a_second(options.run_dir, threads, options.seconds, rival)
            base = base or rate
            name = f"{threads} thread{'s' * (threads > 1)}, {'a' if rival else 'no'} rival"
            print(f"{name}: {rate:.0f} steps/s, {rate / base:.2f} ×")


if __name__ == "__main__":
    main()
