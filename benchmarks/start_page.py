"""How long the start page takes, and whether the changes that it offers to try show anything.

    python benchmarks/start_page.py RUN_DIR [--visits 5]

Starts a server of its own on the run's parent folder. The first visit opens the run, the others are new browsers
without a cache. Needs Chromium and playwright.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from explorer.audit import Audit
from explorer.browse.concept_card import concept_card
from explorer.browse.families import families
from explorer.browse.headline import headline, popular_ndcg
from explorer.browse.overview import dictionary_parts
from explorer.browse.try_it import FULL
from explorer.runs import load_run
from explorer.threads import use_threads

PORT = 8599
_DRAWN = "document.querySelectorAll('.dictionary .bar a, .concepts article').length > 1"
_IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def computed(folder: Path) -> None:
    """Print how long each part takes on a run that is open, and what there is to try."""
    run, audit = load_run(folder), Audit()
    start = time.perf_counter()
    found = dictionary_parts(run, audit)
    parted = time.perf_counter()
    cards = families(run, audit).cards()
    grouped = time.perf_counter()
    headline(run, found, audit, popular_ndcg(run))
    counted = time.perf_counter()
    shown = [concept_card(run, card) for card in cards]
    drawn = time.perf_counter()
    print(
        f"{run.index.n:,} neurons, {run.dataset.n_items:,} items: parts {1e3 * (parted - start):.0f} ms, families "
        f"{1e3 * (grouped - parted):.0f} ms, headline {1e3 * (counted - grouped):.0f} ms, "
        f"{len(shown)} cards {1e3 * (drawn - counted):.0f} ms; all activations "
        f"{'computed' if 'reconstruction' in vars(run) else 'not computed'}"
    )
    tried = [card.to_try for card in shown if card.to_try is not None]
    print(
        f"{len(tried)} of {len(shown)} cards have a change to try, {sum(one.value == FULL for one in tried)} upwards; "
        f"it replaces {min(one.changed for one in tried)} to {max(one.changed for one in tried)} items, "
        f"median {statistics.median(one.changed for one in tried):g}"
    )


def drawn(page, go) -> float:
    """Seconds from going somewhere until bar and gallery are drawn."""
    start = time.perf_counter()
    go()
    page.wait_for_function(f"{_DRAWN} && {_IDLE}", timeout=120_000, polling="raf")
    taken = time.perf_counter() - start
    page.wait_for_timeout(1000)
    return taken


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--visits", type=int, default=5)
    options = parser.parse_args()
    use_threads()
    computed(options.run_dir)
    app = Path(__file__).parents[1] / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(PORT)]
    environment = {**os.environ, "EXPLORER_RUNS": str(options.run_dir.absolute().parent)}
    server = subprocess.Popen(command, env=environment, cwd=app.parent, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{PORT}/?run={options.run_dir.name}"
    try:
        time.sleep(4)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            opened, again = [], []
            for _ in range(options.visits):
                page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
                opened.append(drawn(page, lambda page=page: page.goto(address)))
                page.get_by_role("link", name="Runs").first.click()
                page.get_by_role("heading", name="Runs").wait_for()
                page.wait_for_timeout(2500)
                again.append(drawn(page, page.get_by_role("link", name="Start").first.click))
                page.context.close()
            print(
                f"a new browser, nothing cached: first {opened[0]:.1f} s, then median "
                f"{statistics.median(opened[1:]):.1f} s; from another page: median {statistics.median(again):.2f} s"
            )
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
