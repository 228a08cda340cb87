"""One user, or somebody who is not in the data: which neurons fire, what is recommended and why, who is similar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from explorer.browse.codes import crowd_of
from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering import Person, main_reasons
from explorer.steering.person import score_person
from explorer.steering.ranking import ranks_of
from explorer.steering.steer import list_table

N_SIMILAR = 10


@torch.inference_mode()
def user_neurons(run: Run, person: Person) -> pd.DataFrame:
    """The neurons that fire for somebody, the strongest first: `neuron`, `label`, `activation`, `value` (1 is the
    strongest user), `stronger_than` (share of the users on whom it fires more weakly, or not at all) and `density`
    (share of the users on whom it fires)."""
    code = run.sae.encode(person.embedding, "user")[0].numpy()
    firing = np.flatnonzero(code > 0)
    value = code[firing] / run.units[firing]
    order = np.lexsort((firing, -value))
    firing, value = firing[order], value[order]
    neurons = run.index.neurons
    return pd.DataFrame(
        {
            "neuron": firing,
            "label": neurons["label"].to_numpy()[firing],
            "activation": code[firing],
            "value": value.astype(np.float64),
            "stronger_than": crowd_of(run).share_below(firing, code[firing]),
            "density": neurons["density_users"].to_numpy()[firing],
        }
    )


@torch.inference_mode()
def recommended(run: Run, person: Person, top: int = SHOWN_LENGTH) -> pd.DataFrame:
    """The recommender's own list: `rank`, `row`, `item_id`, `title`, `genres`, `year`, `score`, `held_out` (whether it
    is a favourite that training never saw), `neuron` (the main reason; missing where no neuron lifts it) and `why`, its
    name."""
    scores = score_person(run, person, person.embedding)[0].numpy().astype(np.float64)
    table = list_table(run, person.seen, scores, top)
    found = main_reasons(run, person, table["row"].to_numpy()) if len(table) else []
    labels = run.index.neurons["label"]
    return table.assign(
        held_out=table["row"].isin(person.held_out),
        neuron=pd.array(found, "Int64"),
        why=[None if k is None else f"{k} · {labels[k]}" for k in found],
    )


def similar_users(run: Run, person: Person, n: int = N_SIMILAR) -> pd.DataFrame:
    """The users whose embeddings point the same way: `row`, `user_id`, `similarity` (cosine), `items` (known
    interactions) and `shared` (items that both have), the most similar first."""
    own, users = person.embedding[0].numpy(), run.recommender.user_embeddings.numpy()
    lengths = np.sqrt(np.einsum("nd,nd->n", users, users)) * np.linalg.norm(own)
    similarity = np.divide(users @ own, lengths, out=np.zeros(len(users), np.float32), where=lengths > 0)
    if person.user is not None:
        similarity[person.user] = -np.inf
    n = min(n, int(np.isfinite(similarity).sum()))
    rows = np.argpartition(-similarity, n - 1)[:n] if n else np.empty(0, np.int64)
    rows = rows[np.lexsort((rows, -similarity[rows]))]
    seen = run.dataset.seen[rows]
    mine = np.zeros(run.dataset.n_items)
    mine[person.seen] = 1
    return pd.DataFrame(
        {
            "row": rows,
            "user_id": run.dataset.users["user_id"].iloc[rows].to_numpy(),
            "similarity": similarity[rows].astype(np.float64),
            "items": np.diff(seen.indptr),
            "shared": np.rint(seen @ mine).astype(np.int64),
        }
    )


def score_place(run: Run, person: Person, item: int) -> tuple[int, bool]:
    """An item's rank (from 1) in the recommender's order of all that somebody has not had, and whether she has had it,
    in which case the rank is where it would stand."""
    with torch.inference_mode():
        scores = score_person(run, person, person.embedding)[0].numpy().astype(np.float64)
    had = bool(np.isin(item, person.seen))
    return int(ranks_of(scores, np.setdiff1d(person.seen, [item]), np.array([item]))[0]), had
