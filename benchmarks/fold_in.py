"""Is somebody who is not in the data recommended to as well as the users are?

    python benchmarks/fold_in.py DATA [--models als mf ncf lightgcn] [--users 500] [--seed 0]

Users are taken for new: all or some of their training positives are folded in, and NDCG@20 of their lists on their
held-out positives stands beside that of the embeddings that the model has for them. The user's own embedding is left
out of the similar users. `--seed` decides split, training, users and which positives are examples.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from explorer.config import load_config
from explorer.measures import ACCURACY_LENGTH, NDCG
from explorer.recommenders import BASE_MODELS, accuracy, fold_in, recommend
from explorer.recommenders.new_user import blended, similar_users_embedding
from explorer.runs.pipeline import Base, train_base
from explorer.threads import use_threads

EXAMPLES = (3, 5, 10, 20, 50, None)
"""How many positives are known of a user; None: all."""


def embeddings(base: Base, config, user: int, items: np.ndarray) -> dict[str, Tensor]:
    """Of one user, `[1, d]`, by way of folding in."""
    model, popularity = base.recommender, base.dataset.items["popularity"].to_numpy()
    others = torch.arange(model.n_users) != user
    start = time.perf_counter()
    own = fold_in(config, model, items, popularity)
    seconds = time.perf_counter() - start
    similar = similar_users_embedding(replace(model, user_embeddings=model.user_embeddings[others]), items)
    return {"own solve": own, "similar users": similar, "both": blended(own, similar, len(items)), "seconds": seconds}


def measure(base: Base, config, users: np.ndarray, known: int | None, seed: int) -> None:
    """Print one row: NDCG by way of folding in, how alike and how long the embeddings are, and milliseconds."""
    data, model, rng = base.dataset, base.recommender, np.random.default_rng(seed)
    tables: dict[str, Tensor] = {}
    seconds = []
    for user in users:
        items = data.train.indices[data.train.indptr[user] : data.train.indptr[user + 1]].astype(np.int64)
        found = embeddings(base, config, user, np.sort(rng.permutation(items)[:known]))
        seconds.append(found.pop("seconds"))
        for name, embedding in found.items():
            tables.setdefault(name, model.user_embeddings.clone())[user] = embedding[0]

    def ndcg(table: Tensor) -> float:
        lists = recommend(model, data.seen, ACCURACY_LENGTH, users, user_embeddings=table)
        return accuracy(lists, data.test[users], ACCURACY_LENGTH)[NDCG]

    true = model.user_embeddings[users]
    cosine = torch.cosine_similarity(tables["own solve"][users], true).mean()
    length = (tables["both"][users].norm(dim=1) / true.norm(dim=1)).median()
    cells = [f"{ndcg(table):.3f}".lstrip("0") for table in (model.user_embeddings, *tables.values())]
    row = [config.kind, known or "all", *cells, f"{cosine:.3f}", f"{length:.2f}", f"{1000 * np.mean(seconds):.0f}"]
    print("|", " | ".join(map(str, row)), "|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="a data set by name or path")
    parser.add_argument("--models", nargs="+", choices=BASE_MODELS, default=list(BASE_MODELS))
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    use_threads()
    columns = ["model", "positives known", "NDCG@20, its own embedding", "own solve", "similar users", "both"]
    columns += ["cosine of own solve", "length of both, median", "ms"]
    print("|", " | ".join(columns), "|\n|", " | ".join("---" for _ in columns), "|")
    for kind in options.models:
        config = load_config(settings=[f"recommender.kind={kind}", f"seed={options.seed}"])
        base = train_base(options.data, config)
        complete = config.with_defaults_for(base.dataset.n_items)
        rng = np.random.default_rng(options.seed)
        users = np.sort(rng.choice(base.dataset.n_users, min(options.users, base.dataset.n_users), replace=False))
        for known in EXAMPLES:
            measure(base, complete.recommender, users, known, options.seed)


if __name__ == "__main__":
    main()
