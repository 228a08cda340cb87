"""Three ways to draw many points on a page of Streamlit: plotly's `scattergl`, `st.pydeck_chart` and the map of ours.

    python benchmarks/map_drawing.py [--points 10000 100000] [--seconds 4] [--kinds plotly deck ours]

Each is opened in a new headless Chromium without a graphics card (1,400 × 900), then dragged and zoomed by the mouse.
Frames are those that the browser shows; of ours, which paints every frame whole, also how long painting one takes.
Needs Chromium and playwright.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PORT = 8597
PAGE = """
import numpy as np
import streamlit as st

st.set_page_config(layout="wide")
kind, n = st.query_params["kind"], int(st.query_params["n"])
rng = np.random.default_rng(0)
group = rng.integers(0, 30, n)
angle, away = 2.4 * group, np.sqrt(group / 30) * 0.8
xy = np.stack([away * np.cos(angle), away * np.sin(angle)], 1) + rng.normal(scale=0.07, size=(n, 2))
if kind == "plotly":
    import plotly.graph_objects as go
    from explorer.figures import PALETTES
    figure = go.Figure([
        go.Scattergl(x=xy[group % 7 == k, 0], y=xy[group % 7 == k, 1], mode="markers",
                     marker={"size": 5, "color": PALETTES["light"].series[k]},
                     customdata=np.flatnonzero(group % 7 == k))
        for k in range(7)
    ])
    figure.update_layout(height=700, dragmode="pan")
    st.plotly_chart(figure, config={"scrollZoom": True}, on_select="rerun")
elif kind == "deck":
    import pandas as pd
    import pydeck
    colours = rng.integers(0, 200, (7, 3))[group % 7]
    table = pd.DataFrame({"x": 300 * xy[:, 0], "y": 300 * xy[:, 1], "r": colours[:, 0], "g": colours[:, 1],
                          "b": colours[:, 2], "id": np.arange(n)})
    layer = pydeck.Layer("ScatterplotLayer", table, get_position="[x, y]", get_fill_color="[r, g, b]", id="points",
                         radius_units=repr("pixels"), get_radius=2.5, pickable=True)
    view = pydeck.View("OrthographicView", controller=True)
    st.pydeck_chart(pydeck.Deck([layer], views=[view], map_provider=None,
                                initial_view_state=pydeck.ViewState(target=[0, 0, 0], zoom=0)), height=700)
else:
    import pandas as pd
    from explorer.figures.map_data import colour_bytes, colour_look, point_bytes, theme_colours
    from explorer.maps import Colours
    from explorer.ui.kept import keep, kept_bytes
    from explorer.ui.linking import link
    from explorer.ui.map.panel import _component
    table = pd.DataFrame({"entity": "item", "row": np.arange(n, dtype=np.int32), "x": xy[:, 0], "y": xy[:, 1]})
    names = tuple("abcdefg")
    colours = Colours("genre", "group", "", np.array(names, object)[group % 7], names)
    points = keep(kept_bytes(point_bytes(table)), "points")
    shades = keep(kept_bytes(colour_bytes(colours)), "colours")
    labels = [[0, float(xy[group == k, 0].mean()), float(xy[group == k, 1].mean()), 0.1, 100, f"Group {k}"]
              for k in range(30)]
    _component(key="map", data={
        "title": "Points", "caption": "", "file": "points", "kind": "items", "labels": labels, "edges": [],
        "nouns": {"item": "item", "items": "items", "users": "users"}, "palette": theme_colours("light"),
        "width": 0, "chosen": None, "selection": "", "other": "", "words": "", "page": "", "links": ["", "", ""],
        "points": points, "colours": {**colour_look(colours, "light"), "bytes": shades}, "link": link("run", 0),
    }, on_choose_change=lambda: None, on_select_change=lambda: None)
"""
SELECTOR = {
    "plotly": ".gl-canvas-context",
    "deck": "[data-testid=stDeckGlJsonChart] canvas",
    "ours": ".map[data-drawn]",
}
BEGIN = """() => {
  const seen = window.__seen = { frames: 0, worst: 0, begun: performance.now(), last: performance.now() };
  requestAnimationFrame(function step() {
    const now = performance.now();
    seen.worst = Math.max(seen.worst, now - seen.last);
    seen.last = now;
    seen.frames++;
    if (!seen.over) requestAnimationFrame(step);
  });
}"""
END = """() => {
  const seen = window.__seen, seconds = (performance.now() - seen.begun) / 1000;
  seen.over = true;
  return [seen.frames / seconds, Math.max(seen.worst, performance.now() - seen.last)];
}"""


def drive(page, kind: str, seconds: float) -> tuple[float, float, float]:
    """Drag and zoom by turns; frames a second, the longest pause between two in ms, and ms that painting takes us."""
    target = page.locator(SELECTOR[kind]).first if kind != "ours" else page.locator(".map canvas[role=application]")
    box = target.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(BEGIN)
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(60):
            page.mouse.move(x + 3 * step * (-1) ** turn, y + 2 * step)
        page.mouse.up()
        for _ in range(10):
            page.mouse.wheel(0, -60 if turn % 2 == 0 else 60)
            page.wait_for_timeout(16)
        turn += 1
    frames, worst = page.evaluate(END)
    return frames, worst, page.locator(".map").evaluate("m => m.view.spent") if kind == "ours" else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--kinds", nargs="+", choices=SELECTOR, default=list(SELECTOR))
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "page.py"
        script.write_text(PAGE)
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(PORT)]
        server = subprocess.Popen([*command, "--server.headless", "true"], stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            for n in options.points:
                for kind in options.kinds:
                    for attempt in ("warming", "measured"):  # the server imports what it needs on the first visit
                        browser = playwright.chromium.launch(
                            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
                        )
                        page = browser.new_page(viewport={"width": 1400, "height": 900})
                        begun = time.monotonic()
                        page.goto(f"http://127.0.0.1:{PORT}/?kind={kind}&n={n}")
                        page.locator(SELECTOR[kind]).first.wait_for(timeout=60_000)
                        first = time.monotonic() - begun
                        if attempt == "measured":
                            page.wait_for_timeout(1500)
                            frames, worst, painted = drive(page, kind, options.seconds)
                            also = f", {painted:.1f} ms to paint one" if kind == "ours" else ""
                            print(
                                f"{n:>7,} points, {kind:6}: first picture {first:.1f} s, {frames:.0f} frames a "
                                f"second{also}, worst frame {worst:.0f} ms; load {os.getloadavg()[0]:.1f}",
                                flush=True,
                            )
                        browser.close()
        finally:
            server.terminate()
            server.wait(timeout=20)


if __name__ == "__main__":
    main()
