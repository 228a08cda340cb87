"""How long the pages of an item and of a user take, in Chromium: `python benchmarks/item_pages.py RUN_DIR ...`.

Prints milliseconds, median and largest, of each run: until the parts of the score and all tables of the first screen
are drawn in a browser that has nothing cached, from a link to another item or user to its parts, and from a click on a
row of a user's list to its parts; and what is computed once for whom an item is recommended to. `benchmarks/browse.py`
makes runs of 1,024 neurons × 10,000 items and 8,192 × 100,000.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import CHROMIUM, ROOT, serve

from explorer.browse.audience import audience_of
from explorer.experiments.items import Exposure
from explorer.runs import Run, load_run
from explorer.threads import use_threads

ROUNDS = 8
_DRAWN = """heading => document.querySelector("h3")?.innerText === heading && document.querySelector(".waterfall")
  && !document.querySelector(".waterfall").closest("[data-stale=true]")"""
_OTHER = "said => (document.querySelector('.waterfall')?.getAttribute('aria-label') ?? said) !== said"
_FOLLOW = """goal => {
  const link = document.createElement("a");
  Object.assign(link, { href: goal });
  link.setAttribute("data-inside", "");
  document.body.append(link);
  link.click();
  link.remove();
}"""


class Watch:
    """Milliseconds since it was made."""

    def __init__(self):
        self.start = time.perf_counter()

    def __call__(self) -> float:
        return 1000 * (time.perf_counter() - self.start)


def report(what: str, times: list[float]) -> None:
    print(f"  {what}: median {statistics.median(times):.0f} ms, largest {max(times):.0f}", flush=True)


def drawn(page: Page, heading: str) -> None:
    """Wait until the page is about this, and the parts of a score stand on it."""
    page.wait_for_function(_DRAWN, arg=heading, polling=20)


def measure(browser, address: str, run: Run) -> None:
    data, start = run.dataset, f"?run={run.path.name}"
    items = dict(zip(data.items["item_id"].astype(str), data.items["title"].astype(str), strict=True))
    users = {str(user): f"User {user}" for user in data.users["user_id"]}
    for name, parameter, headings in (("Items", "item", items), ("Users", "user", users)):
        ids = random.Random(0).sample(list(headings), 2 * ROUNDS + 1)
        warm = browser.new_page()  # the server opens the run and finds what is found once
        warm.goto(f"{address}/{name}{start}&{parameter}={ids[0]}")
        warm.wait_for_selector(".waterfall", timeout=120_000)
        warm.close()
        cold, linked = [], []
        for first, second in zip(ids[1::2], ids[2::2], strict=True):
            page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
            watch = Watch()
            page.goto(f"{address}/{name}{start}&{parameter}={first}")
            drawn(page, headings[first])
            cold.append(watch())
            page.wait_for_timeout(1500)
            watch = Watch()
            page.evaluate(_FOLLOW, f"{name}{start}&{parameter}={second}")
            drawn(page, headings[second])
            linked.append(watch())
            if name == "Users" and len(linked) == ROUNDS:
                rows(page)
            page.context.close()
        report(f"{name}, cold browser", cold)
        report(f"{name}, link to another {parameter}", linked)


def rows(page: Page) -> None:
    """Clicks on rows of a user's list."""
    times = []
    page.wait_for_timeout(1500)
    for row in range(2, 7):
        said = page.locator(".waterfall").get_attribute("aria-label")
        cell = page.locator("[aria-label^=Recommended] [role=row]").nth(row).locator("[role=gridcell]").first
        watch = Watch()
        cell.click()
        page.wait_for_function(_OTHER, arg=said, polling=20)
        times.append(watch())
    report("Users, click on a row to the parts of its score", times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_dirs", metavar="RUN_DIR", type=Path, nargs="+")
    options = parser.parse_args()
    use_threads()
    for folder in options.run_dirs:
        run = load_run(folder.resolve())
        print(f"{run.sae.n:,} neurons, {run.dataset.n_items:,} items, {run.dataset.n_users:,} users")
        start = time.perf_counter()
        exposure = Exposure(run)
        once = time.perf_counter() - start
        watch, _ = Watch(), audience_of(run, exposure, 0)
        first = watch()
        watch, _ = Watch(), audience_of(run, exposure, 1)
        print(
            f"  lists of {len(exposure.users):,} users, once: {once:.1f} s; who gets an item: {first:.0f} ms at first, "
            f"time, then {watch():.0f}"
        )
        environment = {"EXPLORER_RUNS": str(run.path.parent), "EXPLORER_DATA": str(run.path.parent / "none")}
        with serve(ROOT / "app.py", environment) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            measure(browser, address, run)
            browser.close()


if __name__ == "__main__":
    main()
