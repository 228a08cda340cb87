"""How long the Neurons page takes with many neurons and items, in Chromium: `python benchmarks/browse.py [--folder F]`.

Makes two runs of synthetic embeddings, 1,024 neurons × 10,000 items and 8,192 × 100,000, once into a folder: a random
dictionary whose whole index is measured; of the larger one 512 neurons are measured and stand there 16 times. Prints
milliseconds, median and largest: until table and card are drawn in a browser that has nothing cached, from another
page of the dashboard, from a click on a row to its card, from a key to its card, and until a filter, a search and a
brush are shown.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.conftest import CHROMIUM, ROOT, serve

from explorer.data import Dataset
from explorer.data.nouns import FILMS
from explorer.fidelity import reconstruct
from explorer.neurons import NeuronConfig, NeuronIndex, build_index
from explorer.recommenders import DotProductRecommender
from explorer.runs import load_run, save_run
from explorer.sae import BatchTopKConfig, SparseAutoencoder, Trainer
from explorer.threads import use_threads

SIZES = {"medium": (1_024, 10_000, 6_000, 1), "large": (512, 100_000, 20_000, 16)}
"""Neurons that are measured, items, users, and how often the neurons stand there."""
DIM, GENRES, PLANTED = 64, 18, 400
WORDS = ("Alien", "Night", "Return", "Love", "City", "Monster", "Summer", "War", "Garden", "Last")
ROUNDS = 15
AXIS = (34, 6)
"""Pixels left and right of the histogram's axis."""


def catalogue(n_items: int, n_users: int, seed: int) -> tuple[Dataset, DotProductRecommender]:
    """Items and users that are sparse sums of planted directions; an item's genre is that of its strongest one."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(PLANTED, DIM)).astype(np.float32)

    def embeddings(n: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = rng.integers(PLANTED, size=(n, 6))
        weights = rng.exponential(size=(n, 6)).astype(np.float32)
        return np.einsum("nk,nkd->nd", weights, directions[chosen]), chosen[np.arange(n), weights.argmax(axis=1)]

    q, strongest = embeddings(n_items)
    titles = [f"{WORDS[i % 10]} of {WORDS[(i // 10) % 10]} {i}" for i in range(n_items)]
    items = pd.DataFrame({"item_id": np.arange(n_items), "title": titles})
    items["genres"] = [[f"Genre {g % GENRES}"] for g in strongest]
    items["year"] = pd.array(rng.integers(1950, 2020, n_items), dtype="Int64")
    pairs = rng.integers(n_users, size=20 * n_users), rng.integers(n_items, size=20 * n_users)
    interactions = pd.DataFrame({"user": pairs[0], "item": pairs[1]}).drop_duplicates(ignore_index=True)
    interactions = interactions.astype("int32").assign(part=np.int8(0))
    items["popularity"] = 20 + np.bincount(interactions["item"], minlength=n_items)
    users = pd.DataFrame({"user_id": np.arange(n_users)})
    data = Dataset("synthetic", users, items, interactions, "none", nouns=FILMS)
    return data, DotProductRecommender.from_arrays(embeddings(n_users)[0], q)


def make_run(folder: Path, name: str) -> None:
    """A run of these sizes, saved."""
    measured, n_items, n_users, times = SIZES[name]
    dataset, model = catalogue(n_items, n_users, seed=0)
    config = BatchTopKConfig(width=measured, k=16, k_users=40)
    trainer = Trainer(config, model, seed=0)
    for _ in range(20):
        trainer.train_step()
    sae = trainer.sae.freeze()
    codes = reconstruct(model, sae)
    arrays = [codes.item_activations.numpy(), codes.user_activations.numpy()]
    index = build_index(
        dataset,
        *arrays,
        NeuronConfig(),
        item_embeddings=model.item_embeddings.numpy(),
        user_embeddings=model.user_embeddings.numpy(),
        seed=0,
        directions=sae.W_dec.numpy(),
    )
    demo = load_run(ROOT / "assets" / "demo-run")
    width = measured * times
    made = replace(
        demo,
        config=demo.config.model_copy(
            update={
                "sae": config.model_copy(update={"width": width}),
                "recommender": demo.config.recommender.model_copy(update={"dim": DIM}),
            }
        ),
        dataset=dataset,
        recommender=model,
        sae=several(sae, times),
        index=tiled(index, times),
        metrics=demo.metrics.model_copy(
            update={
                "dataset": demo.metrics.dataset.model_copy(
                    update={"users": n_users, "items": n_items, "interactions": len(dataset.interactions)}
                ),
                "sae": demo.metrics.sae.model_copy(update={"width": width, "prefix_widths": [width]}),
                "levels": [demo.metrics.levels[0].model_copy(update={"width": width})],
            }
        ),
    )
    save_run(made, folder / name)


def several(sae: SparseAutoencoder, times: int) -> SparseAutoencoder:
    """The dictionary so many times beside itself."""
    n, tensors = sae.n, sae.tensors()
    for name, values in tensors.items():
        if name == "prefix_widths":
            tensors[name] = values * times
        elif n in values.shape:
            axis = list(values.shape).index(n)
            tensors[name] = torch.cat([values] * times, dim=axis).contiguous()
    return SparseAutoencoder.from_tensors(tensors)


def tiled(index: NeuronIndex, times: int) -> NeuronIndex:
    """The index of that."""
    n = index.n

    def table(of: pd.DataFrame) -> pd.DataFrame:
        shifted = ["neuron", "other"] if "neuron" in of else []
        shifted = [name for name in shifted if name in of]
        parts = [of.assign(**{name: of[name] + i * n for name in shifted}) for i in range(times if shifted else 1)]
        return pd.concat(parts, ignore_index=True).astype(of.dtypes.to_dict())

    tables = {field.name: table(getattr(index, field.name)) for field in fields(index)}
    if times > 1:
        neurons = tables["neurons"]
        tables["neurons"] = neurons.assign(label=neurons["label"] + " " + (neurons["neuron"] // n).astype(str))
    return replace(index, **tables)


def measure(page: Page, address: str, name: str, folder: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    table = page.get_by_role("grid", name="Neurons with name")
    n = SIZES[name][0] * SIZES[name][3]

    def timed(what: str, do: Callable[[], object], until: Callable[[], object]) -> None:
        began = time.perf_counter()
        do()
        until()
        found.setdefault(what, []).append(1000 * (time.perf_counter() - began))
        page.wait_for_timeout(400)

    def drawn() -> None:
        table.locator(".row").nth(3).wait_for()
        page.locator("h3").first.wait_for()

    def listed(check: str) -> Callable[[], object]:
        return lambda: page.wait_for_function(
            f"""() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].some(host => {{
              const grid = host.shadowRoot?.querySelector('.grid[aria-label^="Neurons with name"]');
              const rows = Number(grid?.getAttribute('aria-rowcount')) - 1;
              return grid && {check}; }})"""
        )

    def card(number: str) -> Callable[[], object]:
        return lambda: page.wait_for_function(
            "n => document.querySelector('h3')?.innerText.startsWith(n + ' ')", arg=number
        )

    timed("opened in a fresh browser", lambda: page.goto(f"{address}/Neurons?run={name}"), drawn)
    page.wait_for_timeout(2000)
    bar = page.get_by_test_id("stSidebar")
    for _ in range(3):
        bar.get_by_role("link", name="Train", exact=True).click()
        page.get_by_role("heading", name="Train", exact=True).wait_for()
        page.wait_for_timeout(1500)
        timed("from another page", bar.get_by_role("link", name="Neurons", exact=True).click, drawn)
    for i in range(ROUNDS):
        row = table.locator(f"#row-{2 + i % 5}")
        number = row.locator(".cell").first.inner_text()
        timed("click to card", row.locator(".cell").nth(1).click, card(number))
    for _ in range(5):
        before = page.locator("h3").first.inner_text().split()[0]
        page.locator("h1").click()
        timed(
            "key to card",
            lambda: page.keyboard.press("j"),
            lambda before=before: page.wait_for_function(
                "n => !document.querySelector('h3')?.innerText.startsWith(n + ' ')", arg=before
            ),
        )
    field = page.locator(".histogram .ends input").first
    for i in range(6):
        timed(
            "filter",
            lambda i=i: (field.fill("" if i % 2 else "2"), field.press("Enter")),
            listed(f"rows === {n}" if i % 2 else f"rows < {n}"),
        )
    search = page.get_by_role("textbox", name="Search")
    for i in range(4):
        timed(
            "search",
            lambda i=i: (search.fill("" if i % 2 else f"alien of night {1 + i}"), search.press("Enter")),
            listed(f"rows === {n}" if i % 2 else f"rows < {n}"),
        )
    area = page.locator(".histogram .area")
    box = area.bounding_box()
    middle = box["y"] + box["height"] / 2

    density = pd.read_parquet(folder / name / "neurons" / "neurons.parquet")["density_items"]
    floor = np.floor(np.log10(density[density > 0].min()))
    start = 1 - np.log10(density.median()) / floor  # of the axis; half of the neurons lie to the right

    def brush() -> None:
        page.mouse.move(box["x"] + AXIS[0] + (box["width"] - sum(AXIS)) * start, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - AXIS[1], middle, steps=4)
        page.mouse.up()

    for _ in range(3):
        timed("brush", brush, listed(f"rows < {n}"))
        page.get_by_role("button", name="Fires on").click()
        listed(f"rows === {n}")()
        page.wait_for_timeout(400)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "explorer-browse")
    parser.add_argument("--only", choices=SIZES)
    options = parser.parse_args()
    use_threads(1)
    names = [options.only] if options.only else list(SIZES)
    for name in names:
        if not (options.folder / name / "run.json").exists():
            began = time.perf_counter()
            make_run(options.folder, name)
            print(f"{name}: made in {time.perf_counter() - began:.0f} s", flush=True)
    with (
        serve(ROOT / "app.py", {"EXPLORER_RUNS": str(options.folder)}) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            began = time.perf_counter()
            warm = browser.new_page()
            warm.goto(f"{address}/Neurons?run={name}")
            warm.locator("h3").first.wait_for(timeout=300_000)
            first = time.perf_counter() - began
            warm.close()
            page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
            page.set_default_timeout(120_000)
            neurons, items, _, times = SIZES[name]
            print(f"{neurons * times:,} neurons × {items:,} items: first visit after the server's start {first:.1f} s")
            for what, times_ in measure(page, address, name, options.folder).items():
                print(f"  {what}: {statistics.median(times_):.0f} ms, at most {max(times_):.0f} ms", flush=True)
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
