"""Why a user gets an item, and what a neuron does to scores (method: paper, section 5).

For dot products a score splits exactly into the parts of each neuron:

    u·q + b_i + b_u = Σ_k l·s·z_uk⟨d_k, q⟩  +  l·⟨m, q⟩  +  ⟨e_u, q⟩  +  biases    (e_u: what the code does not explain)

`l` is the user's length where users are read at unit length, else 1.

For other scores a neuron's part is what the score loses when the neuron is switched off (ablation); such parts need not
add up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering.person import Person, person_of, score_person
from explorer.steering.steer import steer

DOSES = (0.5, 1.0)
"""How far a neuron is raised to see its effect, in slider units (its maximum over users)."""
_USERS = 32
"""Users over which the effect is averaged where it depends on the user."""


@torch.inference_mode()
def contributions(run: Run, who: int | Person) -> tuple[np.ndarray, np.ndarray]:
    """The firing neurons of a user (row number) or somebody else, `[a]`, and what each adds to the score of every item,
    `[a, n_items]`: its exact part for dot products, else by ablation. Neurons of levels that rebuild nothing in the
    whole dictionary are left out."""
    person = who if isinstance(who, Person) else person_of(run, who)
    active, steps = _steps(run, person)
    if run.recommender.dot_product:
        return active.numpy(), (steps @ run.recommender.item_embeddings.T).numpy()
    rows = torch.cat([person.embedding, person.embedding - steps])
    scores = score_person(run, person, rows)
    return active.numpy(), (scores[:1] - scores[1:]).numpy()


def main_neurons(run: Run, user: int, top: int = SHOWN_LENGTH) -> pd.DataFrame:
    """The user's firing neurons, those that matter most for the list first: `neuron`, `activation` and `lift`, how much
    more it adds to the scores of the `top` recommended items than to the average item's."""
    lists = steer(run, user, top=top)
    active, parts = contributions(run, user)
    lift = parts[:, lists.recommender["row"]].mean(axis=1) - parts.mean(axis=1)
    result = pd.DataFrame({"neuron": active, "activation": lists.before[active], "lift": lift})
    return result.sort_values("lift", ascending=False, ignore_index=True)


def main_reasons(run: Run, who: int | Person, items: np.ndarray) -> list[int | None]:
    """For each item (row number) the neuron of a user (row number) or somebody else that lifts it most over the average
    item; None where no neuron does."""
    active, lift = _lifts(run, who, items)
    if not len(active):
        return [None] * len(items)
    best = lift.argmax(axis=0)
    return [int(active[k]) if column[k] > 0 else None for column, k in zip(lift.T, best, strict=True)]


@torch.inference_mode()
def _lifts(run: Run, who: int | Person, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The firing neurons, `[a]`, and how much more each adds to some items than to the average one,
    `[a, len(items)]`."""
    if not run.recommender.dot_product:
        active, parts = contributions(run, who)
        return active, parts[:, items] - parts.mean(axis=1, keepdims=True)
    # Only of these items: the parts of hundreds of neurons for the whole catalogue take seconds where both are large.
    active, steps = _steps(run, who if isinstance(who, Person) else person_of(run, who))
    q = run.recommender.item_embeddings
    return active.numpy(), (steps @ (q[torch.from_numpy(items)] - q.mean(dim=0)).T).numpy()


def _steps(run: Run, person: Person) -> tuple[torch.Tensor, torch.Tensor]:
    """The firing neurons, `[a]`, and by how much each moves the person's embedding, `[a, d]`."""
    sae, x = run.sae, person.embedding
    z = sae.encode(x, "user")
    active = torch.nonzero((z[0] > 0) & sae.rebuilding())[:, 0]
    return active, sae.lengths(x, "user") * sae.scale[0] * z[0, active, None] * sae.W_dec[active]


def reasons(run: Run, who: int | Person, items: np.ndarray) -> list[str | None]:
    """The same with the neuron's name, as `17 · Horror`."""
    labels = run.index.neurons["label"]
    return [None if k is None else f"{k} · {labels[k]}" for k in main_reasons(run, who, items)]


def strongest_effects(run: Run, neuron: int, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The n ranked items whose scores a neuron raises most, and those that it lowers most, each strongest first: rows
    of the data set's items with `half` and `effect`, what each of `DOSES` adds."""
    half, effect = affinity(run, neuron)
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    table = run.dataset.items.assign(half=half, effect=effect)[ranked].sort_values("effect", ascending=False)
    return table.head(n), table.tail(n).iloc[::-1]


@torch.inference_mode()
def affinity(run: Run, neuron: int) -> np.ndarray:
    """What raising a user's neuron by each of `DOSES` adds to every item's score, `[len(DOSES), n_items]`.

    Exactly `dose · unit · l · s · ⟨d_k, q_i⟩` for dot products, whoever the user is; where users are read at unit
    length, that of a user of mean length `l`. Else the mean over some users, spread evenly over all, and the doses need
    not be in proportion.
    """
    model = run.recommender
    length = run.sae.lengths(model.user_embeddings, "user").mean()
    step = length * run.sae.scale[0] * run.sae.W_dec[neuron] * float(run.units[neuron])
    doses = torch.tensor(DOSES)
    if run.recommender.dot_product:
        return (doses[:, None] * (model.item_embeddings @ step)).numpy()
    users = torch.linspace(0, model.n_users - 1, min(_USERS, model.n_users)).long()
    x = model.user_embeddings[users]
    own = model.score(x, model.item_embeddings, users)
    effects = [(model.score(x + dose * step, model.item_embeddings, users) - own).mean(dim=0) for dose in doses]
    return torch.stack(effects).numpy()
