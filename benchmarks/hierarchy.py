"""Which evidence finds the demo's planted parents: the score of `explorer.hierarchy.edges` against simpler ones.

    python benchmarks/hierarchy.py [--seeds 0,1,2]

Dictionaries of 64 neurons, ten of them in the first level. A simple rule gives every living neuron beyond them the
candidate that scores highest; ours may name none. What the columns mean, `explorer.ground_truth.edges`
says. The last line is ours on codes whose items and users were shuffled neuron by neuron: every edge there is invented.

Matryoshka prefixes prevent absorption on the demo, so it is put in by hand for a second table of each code: of every
genre one leaf's neuron takes its genre's place, which falls silent on the leaf's own items and users.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from explorer.config import load_config
from explorer.data import Dataset, demo
from explorer.fidelity import reconstruct
from explorer.ground_truth import EdgeRecovery, edge_recovery
from explorer.ground_truth.concepts import f1_matrix
from explorer.hierarchy import Codes, find_edges
from explorer.recommenders import Recommender
from explorer.runs import train_base
from explorer.sae import SparseAutoencoder, train_sae
from explorer.threads import use_threads

SETTINGS = {
    "relu [10, 64]": {"sae.activation": "relu"},
    "batchtopk [10, 64], k=12": {"sae.activation": "batchtopk", "sae.k": 12},
}
LEVELS = (10, 64)
TOP = 30


def simple_scores(items: Codes, users: Codes, directions: np.ndarray) -> dict[str, np.ndarray]:
    """What each simpler rule gives a child and a candidate, `[n − 10, 10]`."""
    first = LEVELS[0]
    fires = (items.activations > 0).astype(float)
    cofiring = fires[:, first:].T @ fires[:, :first] / np.maximum(fires[:, first:].sum(axis=0), 1)[:, None]
    z = items.activations.astype(float)
    centred = z - z.mean(axis=0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=0), 1e-12)
    top = np.argsort(-z[:, first:], axis=0)[:TOP]
    own = np.stack([items.weights[:, k] @ z[:, k] for k in range(first)]) - z[:, :first].mean(axis=0)
    excess = items.weights[:, first:].T @ z[:, :first] - z[:, :first].mean(axis=0)
    return {
        "P(parent fires, child fires)": cofiring,
        "lift of that": cofiring / np.maximum(fires[:, :first].mean(axis=0), 1e-12),
        "cosine of the directions": directions[first:] @ directions[:first].T,
        "correlation of activations": unit[:, first:].T @ unit[:, :first],
        f"mean on the child's top {TOP}": z[top][:, :, :first].mean(axis=0),
        "excess on its items, of the parent's own": excess / np.maximum(own, 1e-12),
        "together, items": _excess(items, items.activations),
        "together, users": _excess(users, users.activations),
        "read-out, items": _excess(items, items.inputs @ directions[:first].T),
    }


def _excess(side: Codes, values: np.ndarray) -> np.ndarray:
    values = values[:, : LEVELS[0]]
    return side.weights[:, LEVELS[0] :].T @ ((values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12))


def sides_of(recommender: Recommender, sae: SparseAutoencoder) -> tuple[Codes, Codes]:
    code = reconstruct(recommender, sae)
    items = Codes(code.item_activations.numpy(), sae.normalise(recommender.item_embeddings, "item").numpy())
    users = Codes(code.user_activations.numpy(), sae.normalise(recommender.user_embeddings, "user").numpy())
    return items, users


def with_absorption(items: Codes, users: Codes, concepts: dict[str, np.ndarray]) -> tuple[Codes, Codes]:
    """The sides with every genre's detector silenced on the own rows of its first leaf's."""
    f1, _ = f1_matrix(items.activations, np.column_stack(list(concepts.values())))
    column, silenced = {name: c for c, name in enumerate(concepts)}, []
    for side in (items, users):
        z = side.activations.copy()
        for broad, leaves in demo.GENRE_TREE.items():
            parent = f1[: LEVELS[0], column[broad]].argmax()
            child = LEVELS[0] + f1[LEVELS[0] :, column[leaves[0]]].argmax()
            z[side.own[:, child], parent] = 0
        silenced.append(Codes(z, side.inputs))
    return tuple(silenced)


def measured_rules(
    items: Codes, users: Codes, directions: np.ndarray, code: np.ndarray, concepts: dict[str, np.ndarray], seed: int
) -> Iterator[tuple[str, EdgeRecovery]]:
    """Each rule and how well it does; what a neuron stands for is taken from `code`, the items' as it was trained."""
    parents = demo.genre_parents()

    def judged(edges: pd.DataFrame) -> EdgeRecovery:
        return edge_recovery(edges, code, LEVELS, concepts, parents)

    living = np.flatnonzero(items.fires | users.fires)
    children = living[living >= LEVELS[0]]
    for name, scores in simple_scores(items, users, directions).items():
        best = np.where(items.fires[: LEVELS[0]], scores, -np.inf).argmax(axis=1)
        yield name, judged(pd.DataFrame({"child": children, "parent": best[children - LEVELS[0]], "is_edge": True}))
    edges = find_edges(items, users, directions, LEVELS, seed=seed).candidates
    known = edges[edges["parent"] >= 0]
    yield "our score, best of every child", judged(known.assign(is_edge=True))
    yield "our score, beyond the null", judged(known.assign(is_edge=known["significant"]))
    yield "**our edges**", judged(edges)
    yield (
        "the rule of levels that stand alone",
        judged(find_edges(items, users, directions, LEVELS, seed=seed, alone=True)[0]),
    )
    random = edges.assign(is_edge=edges["is_edge"] & edges["beyond_random"])
    yield "our edges, beyond random directions too", judged(random)
    rng = np.random.default_rng(seed)
    shuffled = (Codes(rng.permuted(side.activations, axis=0), side.inputs) for side in (items, users))
    yield "our edges of shuffled codes", judged(find_edges(*shuffled, directions, LEVELS, seed=seed).candidates)


def measured_code(
    name: str, dataset: Dataset, recommender: Recommender, sae: SparseAutoencoder, seed: int
) -> Iterator[tuple[str, str, EdgeRecovery]]:
    """As it was trained, and with absorption put in."""
    concepts, directions = demo.planted_concepts(dataset), sae.W_dec.detach().numpy()
    trained = sides_of(recommender, sae)
    absorbed = with_absorption(*trained, concepts)
    for title, sides in ((name, trained), (f"{name}, absorbed", absorbed)):
        for rule, recovered in measured_rules(*sides, directions, trained[0].activations, concepts, seed):
            yield title, rule, recovered


def cell(values: list[float]) -> str:
    defined = [value for value in values if not np.isnan(value)]
    return f"{np.mean(defined):.2f} ± {np.std(defined):.2f}" if defined else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0,1,2")
    options = parser.parse_args()
    use_threads()
    start = time.perf_counter()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    found: dict[tuple[str, str], list[EdgeRecovery]] = defaultdict(list)
    for seed in seeds:
        base = train_base("demo", load_config(seed=seed))
        for code, settings in SETTINGS.items():
            settings = {**settings, "sae.width": LEVELS[-1], "sae.prefix_widths": LEVELS}
            config = load_config(seed=seed, **settings).with_defaults_for(base.dataset.n_items).sae
            sae, _ = train_sae(config, base.recommender, seed)
            for name, rule, recovered in measured_code(code, base.dataset, base.recommender, sae, seed):
                found[name, rule].append(recovered)
    print(f"{len(seeds)} seeds, {time.perf_counter() - start:.0f} s\n")
    print_tables(found)


def print_tables(found: dict[tuple[str, str], list[EdgeRecovery]]) -> None:
    """A table per code, mean ± standard deviation over seeds."""
    for code in dict.fromkeys(code for code, _ in found):
        print(f"\n{code}:\n\n| rule | edges | precision | recall | possible recall | strict precision |")
        print("| --- | --- | --- | --- | --- | --- |")
        for (of, rule), rows in found.items():
            if of == code:
                edges = np.mean([row.right + row.wrong + row.unjudged for row in rows])
                columns = ("precision", "recall", "possible", "strict_precision")
                cells = [cell([getattr(row, name) for row in rows]) for name in columns]
                print(f"| {rule} | {edges:.1f} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
