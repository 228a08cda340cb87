"""An item is moved towards an audience by its own neurons: which share of the audience it reaches at each dose.

    q' = q + l · s_item · (Δz W_dec)      z'_k = max(z_k, dose)      1 is the strongest item of the data

An item reaches a user who has not had it if it is in her list. What it costs is said by whom else it reaches. Other
ways move the item as far: a control neuron, random directions, the centroid of the labelled items, and the mean
embedding of the audience itself, which is the best that any move of this length can do for dot products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from explorer.errors import UserError
from explorer.experiments.cohort import Cohort
from explorer.experiments.experiment import (
    CANDIDATES,
    COLUMNS,
    EQUAL_COLUMNS,
    RANDOM_DIRECTIONS,
    Experiment,
    at_share,
    check_doses,
    finer_doses,
    result_table,
    strongest_neuron,
    together,
)
from explorer.experiments.exposure import NORMAL, Band, highest
from explorer.experiments.items import Exposure
from explorer.experiments.target import Group, Target, centroid, control_neuron
from explorer.measures import COMPARED_LENGTH, REACH, REACH_OTHERS, REACH_RANK
from explorer.neurons.bases import random_directions, unit
from explorer.progress import Progress, silent
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.grouping import concepts_of

EXPOSE_DOSES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
OTHERS = 2000
"""Users outside the audience whom the reach beyond it is measured on, at most; fewer where scores are not dot
products."""
OTHERS_BY_MODEL = 300

Move = Callable[[float], Tensor]
"""By how much the item's embedding moves at a dose, `[1, d]`."""


def expose(
    run: Run,
    item: int,
    what: int | str,
    audience: Cohort,
    doses: Sequence[float] | None = None,
    facet: str | None = None,
    top: int = COMPARED_LENGTH,
    seed: int = 0,
    baselines: bool = True,
    progress: Progress = silent,
) -> Experiment:
    """Raise a neuron (number) or all neurons of a concept (name) of an item (row number) to several doses."""
    target = Target.of(run, what)
    group = target.group(facet)
    doses = check_doses(EXPOSE_DOSES if doses is None else doses, "nudge")
    exposure, positions, others = _everybody(run, item, audience, top, seed)
    control = control_neuron(run, target, group) if baselines else None
    arms = _arms(run, exposure, item, target, group, control, exposure.users[positions], seed, baselines)
    finer = finer_doses(doses, 1)
    rows = [{"arm": "own", "dose": float("nan"), **row} for row in _reached(exposure, item, None, positions, others)]
    for done, (arm, moves) in enumerate(arms.items(), 1):
        for dose in finer if done > 1 and arm in _FOLLOWED else doses:
            found = [_reached(exposure, item, move(dose), positions, others) for move in moves]
            rows += [{"arm": arm, "dose": dose, **_joined(one)} for one in zip(*found, strict=True)]
        progress("lists", done / len(arms), arm)
    about = {"kind": "expose", "target": target.name, "group": group.name, "users": len(positions)}
    table = result_table(rows, COLUMNS, about)
    equal = result_table(_at_equal_reach(table, doses, next(iter(arms))), EQUAL_COLUMNS, about)
    return Experiment("expose", target.name, target.neurons, group.name, control, audience, table, equal)


def choose_for_item(
    run: Run, item: int, audience: Cohort, facet: str | None = None, top: int = COMPARED_LENGTH, dose: float = 1.0
) -> int | str:
    """The neuron, or the concept that is a facet's, which at a dose takes an item to most of an audience."""
    group = None if facet is None else Group.of(run.dataset, facet)
    association = run.index.association
    best = association[association["genre"] == (group.name if group else None)].nlargest(CANDIDATES, "ap")["neuron"]
    candidates: list[int | str] = (
        best.tolist() if group else np.flatnonzero(run.index.neurons["max_items"] > 0).tolist()
    )
    if group and group.name in concepts_of(run):
        candidates.insert(0, group.name)
    if not candidates:
        about = "fires on any item" if group is None else f"stands for “{group.name}”"
        raise UserError(f"No neuron of this run {about}; choose one by its number.")
    exposure, positions, _ = _everybody(run, item, audience, top, 0, others=0)
    reach = []
    for what in candidates:
        shift = exposure.shift(item, _raised(exposure, item, Target.of(run, what), dose))
        reach.append(exposure.in_list(item, exposure.moved_scores(item, shift, positions), positions).mean())
    return candidates[int(np.argmax(reach))]


_FOLLOWED = ("centroid", "neuron", "audience")


def _everybody(
    run: Run, item: int, audience: Cohort, top: int, seed: int, others: int | None = None
) -> tuple[Exposure, np.ndarray, np.ndarray]:
    """Scores of the audience and of some others, and the positions of either who have not had the item."""
    if others is None:
        others = OTHERS if run.recommender.dot_product else OTHERS_BY_MODEL
    outside = np.setdiff1d(np.arange(run.dataset.n_users), audience.users)
    drawn = np.random.default_rng(seed).choice(outside, min(others, len(outside)), replace=False)
    exposure = Exposure(run, top, np.sort(np.concatenate([audience.users, drawn])))
    positions, _ = exposure.positions(item, audience.users)
    if not len(positions):
        title = run.dataset.items["title"].iloc[item]
        raise UserError(f"All {len(audience):,} users of the audience have had “{title}”; choose another one.")
    return exposure, positions, exposure.positions(item, drawn)[0]


def _raised(exposure: Exposure, item: int, target: Target, dose: float) -> dict[int, float]:
    """By how much each neuron of the target changes, in units of items, so that it is at the dose at least."""
    own = exposure.values(item)
    return {neuron: max(dose - float(own[neuron]), 0.0) for neuron in sorted(target.neurons)}


def _arms(
    run: Run,
    exposure: Exposure,
    item: int,
    target: Target,
    group: Group,
    control: int | None,
    audience: np.ndarray,
    seed: int,
    baselines: bool,
) -> dict[str, list[Move]]:
    """Ways to move the item, the target first."""

    def by(of: Target) -> Move:
        return lambda dose: exposure.shift(item, _raised(exposure, item, of, dose))

    def along(direction: Tensor) -> Move:
        return lambda dose: by(target)(dose).norm() * direction[None]

    arms: dict[str, list[Move]] = {"neuron" if target.concept is None else "concept": [by(target)]}
    if not baselines:
        return arms
    if len(target.neurons) > 1:
        arms["neuron"] = [by(Target.of(run, strongest_neuron(run, target, group)))]
    if (toward := centroid(run, group)) is not None:
        arms["centroid"] = [along(toward)]
    if run.recommender.dot_product:
        mean = run.recommender.user_embeddings[torch.from_numpy(audience)].mean(dim=0, keepdim=True)
        arms["audience"] = [along(torch.from_numpy(unit(mean.numpy()))[0])]
    if control is not None:
        arms["control"] = [along(run.sae.W_dec[control])]
    drawn = random_directions(RANDOM_DIRECTIONS, run.recommender.dim, np.random.default_rng(seed))
    arms["random"] = [along(torch.from_numpy(vector)) for vector in drawn]
    return arms


def _reached(
    exposure: Exposure, item: int, shift: Tensor | None, positions: np.ndarray, others: np.ndarray
) -> list[dict]:
    """Reach in the audience and beyond it, and the median rank in the audience, each with a band."""
    rows = []
    for name, some in ((REACH, positions), (REACH_OTHERS, others)):
        scores = exposure.scores[some, item] if shift is None else exposure.moved_scores(item, shift, some)
        has = exposure.in_list(item, scores, some)
        share = float(ratio(has.sum(), len(some)))
        error = NORMAL * (share * (1 - share) / max(len(some), 1)) ** 0.5
        rows.append({"measure": name, "value": share, "low": max(share - error, 0.0), "high": min(share + error, 1.0)})
        if name == REACH:
            ranks = np.sort(exposure.ranks(item, scores, some))
            low, high = _median_places(len(ranks))
            found = {"value": float(np.median(ranks)), "low": float(ranks[low]), "high": float(ranks[high])}
            rows.append({"measure": REACH_RANK, **found})
    return rows


def _median_places(n: int) -> tuple[int, int]:
    """Places (from 0) of ordered values between which the median lies with 95%, by the binomial's normal form."""
    reach = NORMAL * n**0.5 / 2
    return max(int(n / 2 - reach), 0), min(int(np.ceil(n / 2 + reach)), n - 1)


def _joined(rows: tuple[dict, ...]) -> dict:
    name = rows[0]["measure"]
    band = together([Band(row["value"], row["low"], row["high"]) for row in rows], highest(name))
    return {"measure": name, "value": band.value, "low": band.low, "high": band.high}


def _at_equal_reach(table: pd.DataFrame, doses: list[float], target: str) -> list[dict]:
    """Whom else each way reaches where it has the target's reach in the audience."""
    start = table[table["arm"] == "own"].set_index("measure")["value"]
    curves = {
        arm: rows.pivot_table(index="dose", columns="measure", values="value", dropna=False)
        for arm, rows in table[table["arm"] != "own"].groupby("arm", sort=False)
    }
    rows = []
    for arm in (arm for arm in _FOLLOWED if arm != target and arm in curves):
        curve = pd.concat([start.to_frame().T, curves[arm]])
        for dose in doses:
            mine = curves[target].loc[dose]
            other = at_share(curve[REACH].to_numpy(), curve[REACH_OTHERS].to_numpy(), mine[REACH])
            found = {"value": mine[REACH_OTHERS], "other": other, "low": float("nan"), "high": float("nan")}
            rows.append({"arm": arm, "dose": dose, "share": mine[REACH], "measure": REACH_OTHERS, **found})
    return rows
