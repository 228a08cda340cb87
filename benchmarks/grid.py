"""How fluid the table of a page is with many rows, in Chromium: `python benchmarks/grid.py [ROWS]`.

Prints milliseconds: until it is drawn, per painted frame of a scroll, per press of a held arrow key, and from a click
on a row to what the page says about it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import CHROMIUM, serve

APP = """
import numpy as np
import pandas as pd
import streamlit as st
from explorer.ui.grid import Stored, grid
from explorer.ui.neurons.table import neuron_columns
from explorer.data.nouns import ITEMS

n = {rows}
rng = np.random.default_rng(0)
columns = neuron_columns(ITEMS)
table = pd.DataFrame({{name: rng.random(n) for name in columns}})
table["neuron"] = range(n)
table["label"] = [f"Concept {{i}}: a genre, or two" for i in range(n)]
chosen = st.session_state.setdefault("chosen", [0])
facets = ["Horror", "Drama", "Comedy", "War"]
table["mix"] = [[(facet, 0.25) for facet in facets]] * n
even = st.toggle("Even numbers")
grid(
    table, columns, key="t", ids="neuron", chosen=chosen, label="Many rows",
    on_choose=lambda rows: st.session_state.update(chosen=rows),
    stored=Stored("rows", range(0, n, 2 if even else 1)),
)
st.subheader(f"Card {{chosen[0]}}")
"""
SCROLL = """async () => {
  const hosts = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')];
  const grid = hosts.map(host => (host.shadowRoot ?? host).querySelector('.grid')).find(Boolean), frames = [];
  let last = performance.now();
  for (let i = 0; i < 120; i++) {
    grid.scrollTop += 900;
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  grid.scrollTop = 0;
  return frames.slice(2);
}"""


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "app.py"
        script.write_text(APP.format(rows=rows))
        with serve(script, {}, folder=Path(folder)) as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            sent = []
            page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: sent.append(len(frame))))
            began = time.perf_counter()
            page.goto(address)
            table = page.get_by_role("grid")
            table.locator(".row").nth(3).wait_for()
            print(f"{rows} rows: drawn after {1000 * (time.perf_counter() - began):.0f} ms, {sum(sent):,} bytes")
            page.wait_for_timeout(1000)
            report("a frame of scrolling", page.evaluate(SCROLL))
            times = []
            for row in (3, 5, 7, 4, 6, 2, 8):
                sent.clear()
                began = time.perf_counter()
                table.locator(f"#row-{row}").click()
                page.get_by_role("heading", name=f"Card {row}", exact=True).wait_for()
                times.append(1000 * (time.perf_counter() - began))
                page.wait_for_timeout(500)
            report(f"a click to its card ({sum(sent):,} bytes sent)", times)
            times = []
            for row in range(9, 16):
                began = time.perf_counter()
                page.keyboard.press("ArrowDown")
                page.get_by_role("heading", name=f"Card {row}", exact=True).wait_for()
                times.append(1000 * (time.perf_counter() - began))
                page.wait_for_timeout(300)
            report("a press of an arrow key to its card", times)
            began = time.perf_counter()
            for _ in range(60):
                page.keyboard.press("ArrowDown")
            print(f"a held arrow key: {1000 * (time.perf_counter() - began) / 60:.1f} ms per press")
            page.get_by_role("heading", name="Card 75", exact=True).wait_for()
            print(f"and its card {1000 * (time.perf_counter() - began):.0f} ms after the first of 60 presses")
            times = []
            for rows_left in (rows // 2, rows) * 3:
                began = time.perf_counter()
                page.get_by_text("Even numbers").click()
                page.locator(f"[aria-rowcount='{rows_left + 1}']").wait_for()
                times.append(1000 * (time.perf_counter() - began))
                page.wait_for_timeout(300)
            report("a filter", times)
            browser.close()


def report(what: str, times: list[float]) -> None:
    print(f"{what}: {statistics.median(times):.0f} ms, at most {max(times):.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8192)
