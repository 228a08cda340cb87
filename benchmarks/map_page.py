"""How long the Hierarchy page takes: from opening to a drawn map, and from a click to the chosen concept.

    python benchmarks/map_page.py RUN_DIR [--clicks 9]

Starts a server of its own on the run's parent folder. The first visit opens the run, the others are new browsers
without a cache, which load plotly's script of 4 MB first. Needs Chromium and playwright.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

PORT = 8598
_DRAWN = "document.querySelectorAll('.js-plotly-plot .gl-canvas, .js-plotly-plot canvas').length > 0"
_IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
_CHOSEN = "document.querySelector('.st-key-hierarchy-neuron input, [class*=st-key-hierarchy] input')?.value"


def drawn(page, go) -> float:
    """Seconds from going somewhere until the map is drawn and the page at rest."""
    start = time.perf_counter()
    go()
    page.wait_for_function(f"{_DRAWN} && {_IDLE}", timeout=120_000, polling="raf")
    taken = time.perf_counter() - start
    page.wait_for_timeout(1500)
    return taken


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--clicks", type=int, default=9)
    options = parser.parse_args()
    app = Path(__file__).parents[1] / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(PORT)]
    environment = {**os.environ, "EXPLORER_RUNS": str(options.run_dir.absolute().parent)}
    server = subprocess.Popen(command, env=environment, cwd=app.parent, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{PORT}/Hierarchy?run={options.run_dir.name}"
    try:
        time.sleep(4)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            opened, again = [], []
            for _ in range(4):
                page = browser.new_context(viewport={"width": 1400, "height": 1400}).new_page()
                opened.append(drawn(page, lambda page=page: page.goto(address)))
                page.get_by_role("link", name="Runs").first.click()
                page.get_by_role("heading", name="Runs").wait_for()
                page.wait_for_timeout(2500)
                again.append(drawn(page, page.get_by_role("link", name="Hierarchy").first.click))
            print(
                f"a new browser, nothing cached, to drawn map: first {opened[0]:.1f} s, then "
                f"median {statistics.median(opened[1:]):.1f} s"
            )
            print(f"from another page of the dashboard to drawn map: median {statistics.median(again):.1f} s")
            clicks = []
            sectors = page.locator(".sunburstlayer path.surface")
            for i in range(min(options.clicks, max(sectors.count() - 2, 0))):
                before = page.evaluate(_CHOSEN)
                start = time.perf_counter()
                sectors.nth(1 + i % 2).click()
                try:
                    page.wait_for_function(f"before => {_CHOSEN} !== before", arg=before, polling="raf", timeout=5000)
                    clicks.append(time.perf_counter() - start)
                except Exception:  # the same sector again chooses nothing new
                    continue
                page.wait_for_timeout(1200)
            if clicks:
                print(f"click in the tree to the chosen concept: median {1e3 * statistics.median(clicks):.0f} ms")
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
