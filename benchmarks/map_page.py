"""How long the Hierarchy page takes: from opening to a drawn map, and from a click to the concept marked everywhere.

    python benchmarks/map_page.py RUN_DIR [--visits 5] [--clicks 6]
    python benchmarks/map_page.py RUN_DIR --frames    # only the frames a second of its map of items

Starts servers of its own: one of the dashboard on the run's parent folder, and one of a page of a single line, which
is what Streamlit itself takes. Every cold visit is a new browser without a cache. A click is over in a part of the page
when that marks the concept on the screen: columns, tree, map and table at once in the browser, the concept box and the
card after the server's answer. Needs Chromium and playwright.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

PORT = 8598
ROOT = Path(__file__).parents[1]
# When the socket opens, when the first message comes, and when the one with the map does.
_LISTEN = """() => {
  const seen = window.__seen = {};
  const words = "explorer_map", wanted = [...words].map(c => c.charCodeAt(0));
  const has = (bytes) => {
    for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1))
      if (wanted.every((code, i) => bytes[at + i] === code)) return true;
    return false;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      this.addEventListener("open", () => (seen.open ??= performance.now()));
      this.addEventListener("message", ({data}) => {
        seen.first ??= performance.now();
        if (seen.map || !(data instanceof ArrayBuffer)) return;
        if (has(new Uint8Array(data))) seen.map = performance.now();
      });
    }
  };
}"""
_INSIDE = """
  const inside = (selector) => {
    const look = (root) => {
      const found = root.querySelector(selector);
      if (found) return found;
      for (const one of root.querySelectorAll("*")) if (one.shadowRoot) {
        const deeper = look(one.shadowRoot);
        if (deeper) return deeper;
      }
      return null;
    };
    return look(document);
  };
"""
_DRAWN = f"() => {{ {_INSIDE} return Number(inside('.map[data-points]')?.dataset.drawn) > 0; }}"
_TITLED = "() => !!document.querySelector('h1')"
# Milliseconds from a click on a neuron in one part until each part marks it. The parts are looked up once: to look
# through the whole page in every frame would be most of what is measured.
_CLICK = f"""async ([from, neuron]) => {{
  {_INSIDE}
  const names = inside(".grid"), columns = inside(".columns"), tree = inside(".tree"), map = inside(".map");
  const box = document.querySelector(".st-key-hierarchy-choices input[role=combobox]");
  const card = inside(".concept-card"), name = () => card.querySelector("h4").textContent;
  const label = () => name().split(" · ").slice(1).join(" · "), called = () => name().startsWith(`${{neuron}} `);
  const first = (one) => one.querySelector(".text").textContent;
  const row = [...names.querySelectorAll(".row")].find((one) => first(one) === String(neuron));
  const parts = {{
    columns: () => columns.querySelector(".chosen button")?.dataset.neuron === String(neuron),
    map: () => map.view.picture.chosen === neuron,
    table: () => names.querySelector(".row.chosen .text")?.textContent === String(neuron),
    card: called,
    "the card's text": () => called() && !card.querySelector(".waiting"),
    box: () => box.value.startsWith(`${{neuron}} `),
    "the tab's title": () => called() && document.title.includes(label()),
  }};
  if (tree) parts.tree = () => !!tree.querySelector(`.chosen[data-neuron="${{neuron}}"]`);
  const clicks = {{
    columns: () => columns.querySelector(`button[data-neuron="${{neuron}}"]`).click(),
    table: () => row.click(),
    map: () => map.view.host.choose(neuron),
  }};
  const started = performance.now(), took = {{}};
  clicks[from]();
  if (from === "map") map.view.chosen(neuron); // as the map does by itself before it tells the others
  const now = () => performance.now() - started;
  while (now() < 4000 && Object.keys(took).length < Object.keys(parts).length) {{
    for (const [part, marked] of Object.entries(parts)) if (!(part in took) && marked()) took[part] = now();
    await new Promise((done) => requestAnimationFrame(done));
  }}
  return took;
}}"""
_NEURONS = f"""() => {{ {_INSIDE}
  const of = (selector) => [...inside(selector).querySelectorAll("button")].map((one) => Number(one.dataset.neuron));
  return {{
    columns: of(".columns"),
    table: [...inside(".grid").querySelectorAll(".row")].map((row) => Number(row.querySelector(".text").textContent)),
  }};
}}"""


def serve(script: Path, port: int, **environment: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    return subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL)


def new_page(browser):
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(f"({_LISTEN})()")
    return page


def timed(page, go, done: str) -> float:
    """Seconds from going somewhere until something is true."""
    start = time.perf_counter()
    go()
    page.wait_for_function(done, timeout=120_000, polling="raf")
    return time.perf_counter() - start


def middle(values: list[float]) -> str:
    return f"median {statistics.median(values):.2f} s (slowest {max(values):.2f})"


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--clicks", type=int, default=6)
    parser.add_argument("--frames", action="store_true")
    options = parser.parse_args()
    empty = Path(tempfile.mkdtemp()) / "empty.py"
    empty.write_text("import streamlit as st\n\nst.title('Empty')\n")
    servers = [
        serve(ROOT / "app.py", PORT, EXPLORER_RUNS=str(options.run_dir.absolute().parent)),
        serve(empty, PORT + 1),
    ]
    address = f"http://127.0.0.1:{PORT}/Hierarchy?run={options.run_dir.name}"
    try:
        time.sleep(5)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            if options.frames:
                measure_frames(new_page(browser), address)
            else:
                measure_opening(browser, address, options.visits)
                measure_clicks(new_page(browser), address, options.clicks)
            browser.close()
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def measure_opening(browser, address: str, visits: int) -> None:
    floor, cold, warm, again, parts = [], [], [], [], []
    for visit in range(visits + 1):
        page = new_page(browser)
        empty = f"http://127.0.0.1:{PORT + 1}/"
        floor.append(timed(page, partial(page.goto, empty, wait_until="commit"), _TITLED))
        page.context.close()
        page = new_page(browser)
        fetched = []
        page.on("request", lambda request, urls=fetched: urls.append(request.url))
        cold.append(timed(page, partial(page.goto, address, wait_until="commit"), _DRAWN))
        seen = page.evaluate("() => ({...window.__seen, drawn: performance.now()})")
        parts.append([seen["open"], seen["map"] - seen["open"], seen["drawn"] - seen["map"]])
        page.wait_for_timeout(2000)
        if visit == 0:
            print("scripts of plotly or vega fetched:", sum("lotly" in url or "vega" in url.lower() for url in fetched))
        page.get_by_role("link", name="Runs").first.click()
        page.get_by_role("heading", name="Runs").wait_for()
        page.wait_for_timeout(2000)
        warm.append(timed(page, page.get_by_role("link", name="Hierarchy").first.click, _DRAWN))
        page.wait_for_timeout(1500)
        again.append(timed(page, page.reload, _DRAWN))
        page.context.close()
    print(f"a page of one line, cold: {middle(floor[1:])}")
    print(f"Hierarchy to drawn map, cold: the server's first visitor {cold[0]:.2f} s, then {middle(cold[1:])}")
    scripts, server, drawing = (statistics.median(part) / 1e3 for part in zip(*parts[1:], strict=True))
    print(f"  of it {scripts:.2f} s to the open socket, {server:.2f} s to the map's message, {drawing:.2f} s to drawn")
    print(f"from another page of the dashboard: {middle(warm)}; F5 {middle(again)}")


def measure_clicks(page, address: str, clicks: int) -> None:
    page.goto(address)
    page.wait_for_function(_DRAWN, timeout=60_000)
    page.wait_for_timeout(2500)
    for source in ("columns", "table", "map"):
        took: list[dict] = []
        last = None
        for number in range(clicks):
            known = page.evaluate(_NEURONS)
            near = [one for one in known["table" if source == "map" else source] if one != last]
            last = near[(3 * number + 1) % len(near)]
            took.append(page.evaluate(_CLICK, [source, last]))
            page.wait_for_timeout(1200)
        for part in dict.fromkeys(name for one in took for name in one):
            values = [one[part] for one in took if part in one]
            missing = f", never in {clicks - len(values)} of {clicks}" if len(values) < clicks else ""
            typical, slowest = statistics.median(values), max(values)
            print(f"click in {source} to {part}: median {typical:.0f} ms, slowest {slowest:.0f}{missing}")


def measure_frames(page, address: str) -> None:
    """Drag and zoom the map of items on the page itself, as `map_drawing.py` does with the map alone."""
    from map_drawing import drive

    page.goto(f"{address}&view=map&map=items", wait_until="commit")
    page.wait_for_function(_DRAWN, timeout=300_000, polling=1000)
    page.wait_for_timeout(5000)
    points = page.evaluate(f"() => {{ {_INSIDE} return inside('.map').dataset.points; }}")
    frames, worst, painting = drive(page, "ours", 6.0)
    print(f"{points} points: {frames:.0f} frames/s, longest pause {worst:.0f} ms, painting one {painting:.1f} ms")


if __name__ == "__main__":
    main()
