"""What training in the background costs: against the same in the terminal, to start, to stop, to tell how it gets on.

    python benchmarks/jobs.py DATA [--epochs 60]

Trains the same configuration in the foreground and as the Train page does, one after the other, then a third one that
is stopped. `estimate` is the page's estimate before the start.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from explorer.config import load_config
from explorer.jobs.control import start_training, stop_training, train_arguments
from explorer.jobs.estimate import estimate_bytes, estimate_seconds
from explorer.jobs.folder import STATUS
from explorer.jobs.training import read_training
from explorer.runs import load_run, read_manifest
from explorer.threads import use_threads


def seconds(folder: Path) -> dict[str, float]:
    return read_manifest(folder).metrics.seconds


def watch(folder: Path, until) -> float:
    """Wait until something holds of the training; returns the most writes of the status file within any second."""
    status, seen, times = folder / "training" / STATUS, None, []
    while not until(read_training(folder)):
        try:
            stamp = status.stat().st_mtime_ns
        except FileNotFoundError:
            stamp = None  # while the run takes the folder's place
        if stamp not in (seen, None):
            seen = stamp
            times.append(stamp / 1e9)
        time.sleep(0.02)
    return max((sum(start <= t < start + 1 for t in times) for start in times), default=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args()
    use_threads()
    settings = [f"sae.epochs={options.epochs}"]
    config = load_config(settings=settings)
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        command = [sys.executable, "-m", "explorer"]
        subprocess.run(
            [*command, *train_arguments(options.data, place / "terminal", None, settings)],
            check=True,
            capture_output=True,
        )
        began = time.perf_counter()
        start_training(place / "worker", options.data, config.model_dump(mode="json"))
        print(f"starting a worker: {1e3 * (time.perf_counter() - began):.0f} ms")
        writes = watch(place / "worker", lambda training: training is not None and training.status.state == "done")
        terminal, worker = seconds(place / "terminal"), seconds(place / "worker")
        print(
            f"worker / terminal: whole {sum(worker.values()) / sum(terminal.values()):.2f}, autoencoder "
            f"{worker['sae'] / terminal['sae']:.2f} ({worker['sae']:.1f} s and {terminal['sae']:.1f} s)"
        )
        print(f"status file: at most {writes} writes in a second")

        dataset = load_run(place / "worker").dataset
        sizes = (dataset.n_users, dataset.n_items, len(dataset.interactions))
        expected = estimate_seconds(config, *sizes)
        for stage, took in worker.items():
            print(f"estimate of {stage}: {expected[stage]:.1f} s, took {took:.1f} s")
        size = sum(path.stat().st_size for path in (place / "worker").rglob("*") if path.is_file())
        print(f"estimate of the folder: {estimate_bytes(config, *sizes) / 1e6:.1f} MB, is {size / 1e6:.1f} MB")

        start_training(place / "stopped", options.data, config.model_dump(mode="json"))
        watch(
            place / "stopped",
            lambda training: (
                training is not None and training.status.stage_done > 0.2 and training.status.stage == "sae"
            ),
        )
        began = time.perf_counter()
        stop_training(place / "stopped")
        checkpoint = (place / "stopped" / "training" / "checkpoint.safetensors").stat().st_size
        print(f"stopping: {time.perf_counter() - began:.2f} s, checkpoint {checkpoint / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
