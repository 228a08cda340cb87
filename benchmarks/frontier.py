"""The frontier of one or more sweeps of the same data set, with the published points, as a picture for docs/results.md.

    python benchmarks/frontier.py SWEEP_DIR --data ml-1m --out docs/frontier-ml-1m.svg

The published values are from the paper's released notebooks, divided by 0.958, the most that their RBO can reach; they
say no mean purity, so they are lines across. Needs Chromium and playwright.
"""

import argparse
import shutil
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import plotly.graph_objects as go
from playwright.sync_api import sync_playwright

from explorer.figures import frontier_figure
from explorer.sweep import frontier, read_sweep

THEIR_MOST = 0.958
PUBLISHED = {
    "ml-1m": [("paper, MF, λ_pred = 10", 0.543), ("paper, NCF, λ_pred = 10", 0.759)],
    "lastfm": [
        ("paper, MF, λ_pred = 10 (another Last.fm)", 0.091),
        ("paper, NCF, λ_pred = 10 (another Last.fm)", 0.457),
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep_dir", type=Path)
    parser.add_argument("--data", choices=sorted(PUBLISHED), required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    sweep = read_sweep(options.sweep_dir)
    published = pd.DataFrame(PUBLISHED[options.data], columns=["name", "rbo"]).assign(purity=float("nan"))
    published["rbo"] /= THEIR_MOST
    figure = frontier_figure(
        frontier(sweep.table), published, f"Purity and fidelity on {sweep.about['dataset']}", theme="light"
    )
    write_svg(figure, options.out, 900, 620)
    print(f"{options.out}: {len(sweep.table)} points")


def write_svg(figure: go.Figure, out: Path, width: int, height: int) -> None:
    """Draw a figure as a picture for a document."""
    page_html = figure.to_html(include_plotlyjs=True, full_html=True)
    size = f"{{format: 'svg', width: {width}, height: {height}}}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.set_content(page_html)
        page.wait_for_selector(".js-plotly-plot .main-svg")
        svg = page.evaluate(f"() => Plotly.toImage(document.querySelector('.js-plotly-plot'), {size})")
        browser.close()
    out.write_text(unquote(svg.partition(",")[2]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
