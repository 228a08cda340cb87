"""How long the audit page takes in Chromium: `python benchmarks/audit_page.py RUN_DIR [--verdicts 40]`.

Opens the page in a browser that has nothing cached, then gives one verdict after the other by keyboard, as an auditor
does: from the key to the next neuron painted, and to the answer that it is stored. Then ten keys a second, without
waiting for anything: every verdict has to be in the database. Prints milliseconds, median and largest. Starts a server
of its own on a copy of the run, so that nothing is written beside it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import CHROMIUM, ROOT, serve

from explorer.audit import AuditStore
from explorer.runs import load_run

KEYS, HURRY = "rpns", 100
# Presses a key as a keyboard does; milliseconds until another neuron is painted, and until all is stored.
_TAKEN = """() => [...document.querySelectorAll('*')].map(one => one.shadowRoot?.querySelector('.desk')?.desk)
  .find(Boolean).past.length"""
_PRESS = """key => new Promise(done => {
  const began = performance.now();
  const root = [...document.querySelectorAll('*')].map(one => one.shadowRoot?.querySelector('.desk')).find(Boolean);
  const before = root.desk.at;
  document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  let painted = null;
  const look = () => {
    const now = performance.now() - began;
    if (painted === null && root.querySelector('.title').textContent !== `Neuron ${before}`) painted = now;
    if (painted !== null && !root.desk.outbox.length) return done([painted, now]);
    if (now > 20000) return done([painted ?? Infinity, Infinity]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--verdicts", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        shutil.copytree(options.run_dir, runs / "audited")
        environment = {"EXPLORER_RUNS": str(runs), "EXPLORER_DATA": folder}
        store = AuditStore(load_run(runs / "audited"), f"sqlite:///{runs / 'audit.sqlite'}")
        with serve(ROOT / "app.py", environment) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name in ("of the server", "of a browser"):
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                context.add_init_script("localStorage.setItem('explorer.reviewer', 'Ann')")
                page, began = context.new_page(), time.perf_counter()
                page.goto(f"{address}/Audit?run=audited")
                page.locator(".desk .items li").first.wait_for(timeout=120_000)
                print(f"first visit {name}: {1000 * (time.perf_counter() - began):.0f} ms to the first neuron")
            page.wait_for_timeout(1000)
            painted, stored = [], []
            for n in range(options.verdicts):
                shown, confirmed = page.evaluate(_PRESS, KEYS[n % 4])
                painted.append(shown)
                stored.append(confirmed)
                page.wait_for_timeout(100)
            report("verdict to the next neuron", painted)
            report("verdict to stored", stored)
            before, hurried = len(given(store)), options.verdicts // 2
            for n in range(hurried):
                page.keyboard.press(KEYS[n % 4])
                page.wait_for_timeout(HURRY)
            page.wait_for_timeout(5000)
            taken, found = page.evaluate(_TAKEN) - options.verdicts, len(given(store)) - before
            print(f"{hurried} keys, one every {HURRY} ms: {taken} met a neuron, {found} verdicts stored")
            browser.close()


def given(store: AuditStore) -> list:
    return [one for one in store.load().reviews if one.verdict]


def report(what: str, times: list[float]) -> None:
    print(f"{what}: {statistics.median(times):.0f} ms, at most {max(times):.0f} ms")


if __name__ == "__main__":
    main()
