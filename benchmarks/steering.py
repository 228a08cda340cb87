"""How long a person waits after moving a slider: the computing, and from key to repainted page in Chromium.

    python benchmarks/steering.py RUN_DIR [--moves 15] [--training DATA]

Starts a server of its own on the run's parent folder. Needs Chromium and playwright. With --training the waiting is
measured once more during a training in the background.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from explorer.config import load_config
from explorer.jobs.control import start_training, stop_training
from explorer.jobs.training import read_training
from explorer.runs import load_run
from explorer.steering import Edit, steer
from explorer.threads import use_threads

PORT = 8599
_COMMAND = "document.querySelector('[data-testid=stCode]')?.innerText"
_IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def computing(run_dir: Path) -> float:
    """Median seconds of one `steer` over random users."""
    use_threads()
    run = load_run(run_dir)
    users = np.random.default_rng(0).integers(run.dataset.n_users, size=50)
    times = []
    for user in users:
        start = time.perf_counter()
        steer(run, int(user), [Edit(int(user) % run.index.n, "set", 1.0)])
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def waiting(run_dir: Path, moves: int) -> list[float]:
    """Seconds from each key press on a slider to the repainted page."""
    from playwright.sync_api import sync_playwright

    app = Path(__file__).parents[1] / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(PORT)]
    environment = {**os.environ, "EXPLORER_RUNS": str(run_dir.absolute().parent)}
    server = subprocess.Popen(command, env=environment, cwd=app.parent, stdout=subprocess.DEVNULL)
    try:
        time.sleep(4)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(f"http://127.0.0.1:{PORT}/Steering?run={run_dir.name}")
            page.get_by_text("The same on the command line").click(timeout=60_000)
            page.wait_for_timeout(2000)
            page.get_by_role("slider").first.focus()
            times = []
            for _ in range(moves):
                before = page.evaluate(_COMMAND)
                start = time.perf_counter()
                page.keyboard.press("ArrowRight")
                page.wait_for_function(f"before => {_COMMAND} !== before && {_IDLE}", arg=before, polling="raf")
                page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                times.append(time.perf_counter() - start)
                page.wait_for_timeout(400)
            browser.close()
            return times
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--moves", type=int, default=15)
    parser.add_argument("--training", metavar="DATA", help="data set to train on in the background meanwhile")
    options = parser.parse_args()
    print(f"computing, median of 50: {1e3 * computing(options.run_dir):.1f} ms")
    report("key to repaint", waiting(options.run_dir, options.moves))
    if options.training:
        with tempfile.TemporaryDirectory() as place, training(Path(place) / "run", options.training):
            report("key to repaint during a training", waiting(options.run_dir, options.moves))


def report(what: str, times: list[float]) -> None:
    print(f"{what}: median {1e3 * statistics.median(times):.0f} ms, slowest {1e3 * max(times):.0f} ms")


@contextmanager
def training(folder: Path, data: str) -> Iterator[None]:
    """A background training that is in the middle of the autoencoder, stopped in the end."""
    settings = ["sae.epochs=100000"]
    config = load_config(settings=settings).model_dump(mode="json")
    start_training(folder, data, config)
    while read_training(folder).status.stage != "sae":
        time.sleep(0.2)
    try:
        yield
    finally:
        stop_training(folder)


if __name__ == "__main__":
    main()
