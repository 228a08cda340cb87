"""The live board in Chromium: frames a second while eight sliders are dragged one after the other, time until it is
visible, and from release to the server's confirmation; and the computing behind it.

    python benchmarks/board.py RUN_DIR [--sizes 3000 30000 200000] [--page]

The catalogue of the run is blown up to each size: its items again and again, their embeddings with some noise. With
--page the same is measured on the steering page itself. Needs Chromium and playwright; starts servers of its own.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.recommenders import DotProductRecommender
from explorer.runs import Run, load_run
from explorer.steering import Edit, PersonScores, person_of, steer
from explorer.threads import use_threads

ROOT = Path(__file__).parents[1]
BOARD = "globalThis[Symbol.for('explorer.board')].board"
SLIDERS, SECONDS, RELEASES = 8, 2, 12
USER = 6
_APP = """
import sys
sys.path.insert(0, {here!r})
import streamlit as st
from board import blown_up, PersonScores, person_of, load_run, Path, USER
from explorer.steering.knobs import choose_knobs
from explorer.ui.steering import state
from explorer.ui.steering.board import answer_board, board
st.set_page_config(layout="wide")
run = st.cache_resource(lambda: blown_up(load_run(Path({run!r})), {size}))()
st.title("Page")
scores = PersonScores(run, person_of(run, USER))
shown = board(run, scores, choose_knobs(run, scores, n={sliders}), state.setting(run))
answer = st.fragment(answer_board)
answer(run, scores, shown, lambda: state.setting(run), lambda edits: state.set_edits(run, edits))
"""
# Moves a slider to and fro at every frame: frames shown, lists painted and lists come from the server a second, and the
# longest frame (ms).
_DRAG = """([knob, seconds]) => new Promise(done => {
  const board = globalThis[Symbol.for('explorer.board')].board;
  const slider = [...board.sliders.views.values()][knob].range;
  const low = Number(slider.min), wide = slider.max - slider.min;
  const from = performance.now(), painted = board.frames;
  let frames = 0, longest = 0, last = from, answers = 0, answer = board.answer;
  const step = now => {
    frames++;
    if (board.answer !== answer) { answers++; answer = board.answer; }
    longest = Math.max(longest, now - last);
    last = now;
    const past = (now - from) / 1000, share = 0.5 + 0.45 * Math.sin(4 * past + knob);
    slider.value = low + wide * share;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    if (past < seconds) return requestAnimationFrame(step);
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    done([frames / past, (board.frames - painted) / past, answers / past, longest]);
  };
  requestAnimationFrame(step);
})"""


def blown_up(run: Run, n_items: int) -> Run:
    """The run with another number of items, the first ones its own."""
    use_threads()
    rng, own = np.random.default_rng(0), run.dataset.n_items
    rows = np.arange(n_items) % own
    items = run.dataset.items.iloc[rows].reset_index(drop=True)
    again = np.arange(n_items) // own
    items["title"] = [f"{title} {copy}" if copy else title for title, copy in zip(items["title"], again, strict=True)]
    items["item_id"] = np.arange(n_items)
    interactions = run.dataset.interactions[run.dataset.interactions["item"] < n_items]
    embeddings = run.recommender.item_embeddings.numpy()
    noise = rng.normal(scale=0.3 * embeddings.std(), size=(n_items, embeddings.shape[1])) * (again > 0)[:, None]
    model = DotProductRecommender.from_arrays(
        run.recommender.user_embeddings.numpy(), (embeddings[rows] + noise).astype(np.float32)
    )
    dataset = replace(run.dataset, items=pd.DataFrame(items), interactions=interactions)
    return replace(run, dataset=dataset, recommender=model, path=run.path)


@contextmanager
def serve(script: Path, environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def measure(browser, address: str) -> dict[str, str]:
    """Everything about one board."""
    warm = browser.new_page()  # the server opens the run
    warm.goto(address)
    warm.locator(".board .row").first.wait_for(timeout=300_000)
    warm.close()
    visible = []
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address, wait_until="domcontentloaded")
        page.locator("h1").first.wait_for()
        start = time.perf_counter()
        page.locator(".board .row").first.wait_for(timeout=60_000)
        visible.append(time.perf_counter() - start)
        if len(visible) < 3:
            page.close()
    page.wait_for_timeout(2000)
    frames = [page.evaluate(_DRAG, [knob, SECONDS]) for knob in range(SLIDERS)]
    confirmed = [release(page, i) for i in range(RELEASES)]
    items = page.evaluate(f"{BOARD}.header.rows.length")
    page.close()
    return {
        "items in the browser": f"{items:,}",
        "frames a second": f"{statistics.median(one[0] for one in frames):.0f}",
        "lists a second": f"{statistics.median(one[1] for one in frames):.0f}",
        "lists from the server a second": f"{statistics.median(one[2] for one in frames):.1f}",
        "longest frame": f"{max(one[3] for one in frames):.0f} ms",
        "board visible after the page": f"{statistics.median(visible):.2f} s",
        "release to confirmed": f"{statistics.median(confirmed):.0f} ms (slowest {max(confirmed):.0f})",
    }


def release(page, i: int) -> float:
    """Milliseconds from letting go of a slider to the server's confirmation."""
    key = f"{BOARD}.header.knobs[{i % SLIDERS}].key"
    turn = f"{BOARD}.turn({key}, {-0.5 + i / 10:.2f}, 'drag'); {BOARD}.turn({key}, 0, 'release')"
    page.evaluate(f"() => {{ {BOARD}.took = null; {turn} }}")
    page.wait_for_function(f"{BOARD}.took !== null && ['confirmed', 'server'].includes({BOARD}.state)", polling="raf")
    took = page.evaluate(f"{BOARD}.took")
    page.wait_for_timeout(500)
    return took


def computing(run: Run) -> float:
    """Median milliseconds of one `steer` of a person whose scores are known."""
    scores, times = PersonScores(run, person_of(run, USER)), []
    for neuron in range(30):
        start = time.perf_counter()
        steer(run, scores, [Edit(neuron % run.index.n, "set", 1.0)])
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def show(row: dict[str, str]) -> None:
    """A line for each figure, as soon as it is there."""
    for name, value in row.items():
        print(value if name == "what" else f"  {name}: {value}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[3_000, 30_000, 200_000])
    parser.add_argument("--page", action="store_true", help="the steering page itself too")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    use_threads()
    run = load_run(options.run_dir)
    print(f"one steer: {computing(run):.1f} ms")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for size in options.sizes:
            script = Path(folder) / f"app{size}.py"
            here, path = str(Path(__file__).parent), str(options.run_dir.absolute())
            script.write_text(_APP.format(here=here, run=path, size=size, sliders=SLIDERS))
            with serve(script, {}) as address:
                show({"what": f"{size:,} items", **measure(browser, address)})
        if options.page:
            with serve(ROOT / "app.py", {"EXPLORER_RUNS": str(options.run_dir.absolute().parent)}) as address:
                show({"what": "the page", **measure(browser, f"{address}/Steering?run={options.run_dir.name}")})
        browser.close()


if __name__ == "__main__":
    main()
