"""What a dictionary and its baselines reach at equal sparsity, from a sweep of `docs/sweeps/concepts.toml`: a table of
every configuration, and a picture of agreement and coverage against the number of neurons that fire on a user.

    python benchmarks/sparsity.py SWEEP_DIR [--out docs/sparsity-ml-1m.svg]

Ranges are the smallest and the largest over the seeds of a configuration. The picture needs Chromium and playwright.
"""

import argparse
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from frontier import write_svg
from plotly.subplots import make_subplots

from explorer.measures import COVERAGE, HELD_OUT, RBO
from explorer.sweep import frontier, read_sweep

BASELINES = {
    "fastica": "FastICA",
    "pca": "principal components",
    "raw": "raw dimensions",
    "rotation": "a random rotation",
    "kmeans": "spherical k-means",
    "random": "random directions",
}
COLUMNS = ["active_users_p50", "active_items_p50", "width", RBO, HELD_OUT, "held_out_ap", "alive_share", "antipodal"]
COLUMNS += ["named", "name_holds", COVERAGE, "named_rbo@30", "ndcg@20", "sae_seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep_dir", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    table = read_sweep(options.sweep_dir).table
    shown = table.drop(columns=["sae.seed"], errors="ignore")  # its values are repetitions of one configuration
    configurations = frontier(shown)
    print_table(configurations)
    print_baselines(configurations)
    print_seeds(table)
    if options.out:
        write_svg(picture(configurations), options.out, 980, 430)
        print(f"{options.out}: {len(table)} points")


def print_table(configurations: pd.DataFrame) -> None:
    """A row per configuration."""
    print("| settings | base | seeds | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (len(COLUMNS) + 3) + "|")
    for row in configurations.to_dict("records"):
        values = [f"{row[name]:.3f}".rstrip("0").rstrip(".") if row[name] == row[name] else "–" for name in COLUMNS]
        print(f"| {row['about']} | {row['base']} | {row['n']} | " + " | ".join(values) + " |")


def print_baselines(configurations: pd.DataFrame) -> None:
    """What every baseline reaches at the sparsity of the configuration with the most seeds."""
    row = configurations.loc[configurations["n"].idxmax()]
    print(f"\nBaselines at the sparsity of {row['about']}\n\n| baseline | {RBO} | {HELD_OUT} | held_out_ap |")
    print("| --- | --- | --- | --- |")
    for key, name in {**BASELINES, "permuted": "shuffled genres"}.items():
        values = [row.get(f"{key}_{measure}", float("nan")) for measure in (RBO, HELD_OUT, "held_out_ap")]
        print(f"| {name} | " + " | ".join(f"{value:.3f}" if value == value else "–" for value in values) + " |")


def print_seeds(table: pd.DataFrame) -> None:
    """The spread over the autoencoder's seeds."""
    if "sae.seed" not in table or not table["sae.seed"].notna().any():
        return
    seeds = table[table["sae.seed"].notna()]
    print(f"\nOver {len(seeds)} seeds: mean (smallest to largest)\n")
    for name in COLUMNS:
        print(f"- {name}: {seeds[name].mean():.3f} ({seeds[name].min():.3f} to {seeds[name].max():.3f})")


def picture(configurations: pd.DataFrame) -> go.Figure:
    """Agreement beside every baseline's, and coverage, against neurons per user."""
    figure = make_subplots(1, 2, subplot_titles=("Agreement of lists, RBO@30", "Users' energy in named neurons"))
    default = configurations.loc[configurations["n"].idxmax()]
    same = (configurations["activation"] == default["activation"]) & (configurations["width"] == default["width"])
    if "sae.epochs" in configurations:  # more or fewer of them are another way to the same sparsity
        same &= configurations["sae.epochs"].isna()
    own = configurations[same].sort_values("active_users_p50")
    x = own["active_users_p50"]
    figure.add_scatter(
        x=x, y=own[RBO], name="matching pursuit", mode="lines+markers", line={"width": 3, "color": "#1f77b4"}
    )
    for key, name in BASELINES.items():
        figure.add_scatter(x=x, y=own[f"{key}_{RBO}"], name=name, mode="lines+markers", line={"dash": "dot"})
    others = configurations[configurations["activation"] != default["activation"]]
    figure.add_scatter(
        x=others["active_users_p50"],
        y=others[RBO],
        text=others["activation"] + ", n = " + others["width"].astype(str),
        name="learned encoders",
        mode="markers",
        marker={"symbol": "diamond", "size": 9, "color": "#444"},
    )
    figure.add_scatter(
        x=x,
        y=own[COVERAGE],
        showlegend=False,
        mode="lines+markers",
        line={"width": 3, "color": "#1f77b4"},
        row=1,
        col=2,
    )
    figure.add_scatter(
        x=others["active_users_p50"],
        y=others[COVERAGE],
        showlegend=False,
        mode="markers",
        marker={"symbol": "diamond", "size": 9, "color": "#444"},
        row=1,
        col=2,
    )
    figure.update_xaxes(title="neurons that fire on a user (median)", rangemode="tozero")
    figure.update_yaxes(range=[0, 1])
    figure.update_layout(template="plotly_white", legend={"orientation": "h", "y": -0.25}, margin={"t": 40, "b": 20})
    return figure


if __name__ == "__main__":
    main()
