"""Experiments on a cohort: one concept moved to several doses, beside other ways to move users as far.

    nudge       raise users to a dose: max(own, dose)
    suppress    lower users to a dose: min(own, dose)

Every way is measured at every dose on the same users, and at equal effect: what another way costs at the dose at which
it brings the same share of the labelled items into the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
import torch

from explorer.choices import SteeringMode
from explorer.errors import UserError
from explorer.experiments.cohort import Cohort
from explorer.experiments.crowd import crowds
from explorer.experiments.exposure import NORMAL, RESAMPLES, Band, ListMeasures, highest
from explorer.experiments.target import (
    AlongDirection,
    ByCausalNeurons,
    ByNeurons,
    Direction,
    Group,
    Target,
    Way,
    centroid,
    control_neuron,
    random_ways,
)
from explorer.measures import COMPARED_LENGTH, LIST_KEPT, LIST_SHARE
from explorer.progress import Progress, silent
from explorer.ratio import ratio
from explorer.recommenders import NOTHING
from explorer.runs import Run
from explorer.steering.edits import MAX_VALUE
from explorer.steering.grouping import concepts_of

Kind = Literal["nudge", "suppress"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DIRECTION: dict[Kind, Direction] = {"nudge": 1, "suppress": -1}
DEFAULT_DOSES: dict[Kind, tuple[float, ...]] = {
    "nudge": (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0),
    "suppress": (0.5, 0.0, -0.25, -0.5, -1.0, -1.5, -2.0, -3.0),
}
RANDOM_DIRECTIONS = 5
CANDIDATES = 5
"""Neurons that are tried where the target is to be chosen."""
FULL_DOSE: dict[Kind, float] = {"nudge": 1.0, "suppress": -1.0}
"""Where a neuron is tried alone to see whether it is causal for a list."""
COMPARED = ("centroid", "causal", "neuron")
"""Arms that are held against a concept at equal effect (`neuron` is the target itself where that is a neuron); others
hardly move the share."""
CHOOSING: dict[Kind, tuple[float, ...]] = {"nudge": (0.25, 0.5, 0.75, 1.0), "suppress": (0.5, 0.0, -0.5, -1.0)}
"""Doses at which candidates are tried where the target is to be chosen."""
BEYOND = 2.0
"""How many times the last dose those are followed further."""
STEPS = 16
"""Doses at which those are measured besides."""
COLUMNS = ("kind", "target", "group", "arm", "dose", "measure", "value", "low", "high", "users")
"""Of the table of results, long: a row per way, dose and measure. The arm `own` is the recommender's own lists, whose
dose is NaN."""
EQUAL_COLUMNS = ("kind", "target", "group", "arm", "dose", "share", "measure", "value", "other", "low", "high", "users")
"""At equal effect: `value` is that of the target at the dose, `other` that of the arm where it has the same share, and
`low` and `high` a band of `other - value`. Missing where the arm does not reach the share."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """What an experiment found."""

    kind: str
    target: str
    """`17 · Horror`, or the name of a concept."""
    neurons: tuple[int, ...]
    group: str
    """What the share in the lists is of."""
    control: int | None
    """The control neuron; None if there is none."""
    cohort: Cohort
    table: pd.DataFrame
    """`COLUMNS`."""
    equal: pd.DataFrame
    """`EQUAL_COLUMNS`."""

    def curve(self, arm: str, measure: str) -> pd.DataFrame:
        """The rows of one way and measure in the order of their doses, that of the own lists first."""
        rows = self.table[self.table["arm"].isin(["own", arm]) & (self.table["measure"] == measure)]
        return rows.reset_index(drop=True)


def nudge(run: Run, target: int | str, cohort: Cohort, **settings) -> Experiment:
    """Raise a neuron (number) or a concept (name) of a cohort to several doses; `settings` are those of `sweep`."""
    return sweep(run, "nudge", target, cohort, **settings)


def suppress(run: Run, target: int | str, cohort: Cohort, **settings) -> Experiment:
    """Lower a neuron (number) or a concept (name) of a cohort to several doses; `settings` are those of `sweep`."""
    return sweep(run, "suppress", target, cohort, **settings)


def sweep(
    run: Run,
    kind: Kind,
    what: int | str,
    cohort: Cohort,
    doses: Sequence[float] | None = None,
    facet: str | None = None,
    top: int = COMPARED_LENGTH,
    seed: int = 0,
    mode: SteeringMode = "exact",
    baselines: bool = True,
    progress: Progress = silent,
) -> Experiment:
    """One experiment.

    facet: what the share in the lists is of; by default what the target stands for. baselines: also move users along
    other directions.
    """
    target = Target.of(run, what)
    group = target.group(facet)
    doses = check_doses(DEFAULT_DOSES[kind] if doses is None else doses, kind)
    if top < 1:
        raise UserError(f"The length of the lists is {top}; it must be at least 1.")
    control = control_neuron(run, target, group) if baselines else None
    ways = _ways(run, kind, target, group, control, top, seed, baselines)
    finer = finer_doses(doses, DIRECTION[kind])
    grid = [(way, dose) for way in ways for dose in (finer if way is not ways[0] and way.arm in COMPARED else doses)]
    own, lists = _lists(run, cohort, grid, top, mode, progress)
    measures = ListMeasures(run.dataset, cohort.users, own, group.members, seed)
    about = {"kind": kind, "target": target.name, "group": group.name, "users": len(cohort)}
    rows, by_user = _measured(measures, grid, lists, progress)
    equal = _at_equal_effect(measures, doses, by_user, ways[0].arm)
    return Experiment(
        kind,
        target.name,
        target.neurons,
        group.name,
        control,
        cohort,
        result_table(rows, COLUMNS, about),
        result_table(equal, EQUAL_COLUMNS, about),
    )


def result_table(rows: list[dict], columns: Sequence[str], about: dict) -> pd.DataFrame:
    """Rows with what they have in common, in the order of the columns."""
    return pd.DataFrame(rows, columns=[name for name in columns if name not in about]).assign(**about)[list(columns)]


def choose_target(
    run: Run, kind: Kind, facet: str, cohort: Cohort, top: int = COMPARED_LENGTH, mode: SteeringMode = "exact"
) -> int | str:
    """What changes the share of a facet in the lists of a cohort at the least cost: the concept of its name, or one of
    the neurons that detect it best.

    The cost is read where each brings half the change that the strongest of them brings at a dose of 1 (−1): how much
    of the own lists is kept. Choose on one half of the users and report on the other: the best of several on the same
    users flatters itself.
    """
    group, direction = Group.of(run.dataset, facet), DIRECTION[kind]
    association = run.index.association
    best = association[association["genre"] == group.name].nlargest(CANDIDATES, "ap")["neuron"].tolist()
    candidates: list[int | str] = [*([group.name] if group.name in concepts_of(run) else []), *best]
    if not candidates:
        raise UserError(f"No neuron of this run stands for “{group.name}”; choose one with --neuron.")
    ways = [ByNeurons("neuron", Target.of(run, what), direction) for what in candidates]
    doses = CHOOSING[kind]
    own, lists = _lists(run, cohort, [(way, dose) for way in ways for dose in doses], top, mode, silent)
    measures = ListMeasures(run.dataset, cohort.users, own, group.members)
    start = measures.of_users(own)
    found = [
        start if dose is None else measures.of_users(lists[at * len(doses) + dose])
        for at in range(len(ways))
        for dose in (None, *range(len(doses)))
    ]
    share, kept = (
        np.array([np.nanmean(of[name]) for of in found]).reshape(len(ways), -1) for name in (LIST_SHARE, LIST_KEPT)
    )
    wanted = (share[0, 0] + direction * (share * direction).max()) / 2
    costs = [at_share(shares, keeps, wanted) for shares, keeps in zip(share, kept, strict=True)]
    return candidates[int(np.argmax(np.nan_to_num(costs, nan=-1.0)))]


def check_doses(doses: Sequence[float], kind: Kind) -> list[float]:
    """The doses in the order in which they move users further. Raises `UserError` for one that is not a number."""
    doses = [float(dose) for dose in doses]
    if not doses:
        raise UserError("There are no doses; give at least one, for example 0.5.")
    for dose in doses:
        if not abs(dose) <= MAX_VALUE:
            raise UserError(f"The dose {dose:g} must be a number between ±{MAX_VALUE:g}.")
    return sorted(set(doses), reverse=kind == "suppress")


def _ways(
    run: Run, kind: Kind, target: Target, group: Group, control: int | None, top: int, seed: int, baselines: bool
) -> list[Way]:
    """The target first."""
    direction = DIRECTION[kind]
    whole = ByNeurons("neuron" if target.concept is None else "concept", target, direction)
    if not baselines:
        return [whole]
    ways: list[Way] = [whole]
    if target.concept is not None:
        ways.append(ByCausalNeurons("causal", target, direction, group, top, FULL_DOSE[kind]))
        if len(target.neurons) > 1:
            ways.append(ByNeurons("neuron", Target.of(run, strongest_neuron(run, target, group)), direction))
    if (toward := centroid(run, group)) is not None:
        ways.append(AlongDirection("centroid", target, direction, toward))
    if control is not None:
        # Its direction by the target's length, as the random ones: a concept of several neurons moves further.
        ways.append(AlongDirection("control", target, direction, run.sae.W_dec[control]))
    return ways + random_ways(target, direction, RANDOM_DIRECTIONS, seed)


def strongest_neuron(run: Run, target: Target, group: Group) -> int:
    """The neuron of a target by whose activation the group's items come first (average precision); without labels the
    first."""
    table = run.index.association.query("genre == @group.name").set_index("neuron")["ap"]
    scores = table.reindex(target.neurons).fillna(-1.0)
    return int(scores.idxmax())


def finer_doses(doses: list[float], direction: Direction) -> list[float]:
    """Doses with others evenly between where nobody is moved yet and `BEYOND` the last one, in the same order: how two
    ways compare must not depend on which doses were asked for."""
    start = 0.0 if direction > 0 else 1.0
    end = doses[-1] * (BEYOND if doses[-1] * direction > 0 else 1.0)
    even = np.linspace(start, end, STEPS + 1)[1:].round(4).tolist()
    return sorted({*doses, *even}, reverse=direction < 0)


def _lists(
    run: Run, cohort: Cohort, grid: list[tuple[Way, float]], top: int, mode: SteeringMode, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """The own lists, `[B, top]`, and those of every way and dose, `[G, B, top]`."""
    own = np.full((len(cohort), top), NOTHING)
    lists = np.full((len(grid), len(cohort), top), NOTHING, np.int32)
    with torch.inference_mode():
        for place, crowd in crowds(run, cohort.users, mode):
            own[place] = crowd.best(crowd.start, top)
            for at, (way, dose) in enumerate(grid):
                lists[at, place] = crowd.best(way.scores(crowd, dose), top)
                done = (place.start + (place.stop - place.start) * (at + 1) / len(grid)) / len(cohort)
                progress("lists", done, f"{way.arm} at {dose:g}, {place.stop:,} of {len(cohort):,} users")
    return own, lists


OfUsers = dict[str, dict[float, dict[str, np.ndarray]]]
"""By arm and dose the measures of every user, `[B]`; those of the own lists first, at dose NaN."""


def _measured(
    measures: ListMeasures, grid: list[tuple[Way, float]], lists: np.ndarray, progress: Progress
) -> tuple[list[dict], OfUsers]:
    """The rows of the table of results, and what they are means of."""
    start = measures.of_users(measures.own)
    rows = _rows("own", float("nan"), {**measures.bands(start), **measures.exposure_bands(measures.own)})
    by_user: OfUsers = {}
    places: dict[tuple[str, float], list[int]] = {}
    for at, (way, dose) in enumerate(grid):
        places.setdefault((way.arm, dose), []).append(at)
    for done, ((arm, dose), some) in enumerate(places.items(), 1):
        values = [measures.of_users(lists[at]) for at in some]
        bands = [
            {**measures.bands(of), **measures.exposure_bands(lists[at])} for of, at in zip(values, some, strict=True)
        ]
        rows += _rows(arm, dose, {name: together([each[name] for each in bands], highest(name)) for name in bands[0]})
        by_user.setdefault(arm, {float("nan"): start})[dose] = {
            name: np.mean([each[name] for each in values], axis=0) for name in start
        }
        progress("measures", done / len(places), f"{arm} at {dose:g}")
    return rows, by_user


def _rows(arm: str, dose: float, bands: dict[str, Band]) -> list[dict]:
    return [
        {"arm": arm, "dose": dose, "measure": name, "value": band.value, "low": band.low, "high": band.high}
        for name, band in bands.items()
    ]


def together(bands: list[Band], most: float = 1.0) -> Band:
    """The mean over several directions, with a band for the draw of both users and directions, at most up
    to what the measure can be."""
    if len(bands) == 1:
        return bands[0]
    values = np.array([band.value for band in bands])
    mean, of_users = float(values.mean()), float(np.mean([band.high - band.value for band in bands]))
    reach = float(np.hypot(of_users, NORMAL * values.std(ddof=1) / len(values) ** 0.5))
    return Band(mean, max(mean - reach, 0.0), min(mean + reach, most))


def _at_equal_effect(measures: ListMeasures, doses: list[float], by_user: OfUsers, target: str) -> list[dict]:
    """What the other ways cost where they have the target's share, with bands over the same resamples of users for
    both."""
    rows: list[dict] = []
    names = [name for name in next(iter(by_user[target].values())) if name != LIST_SHARE]
    for arm in (arm for arm in COMPARED if arm in by_user and arm != target):
        stacked = {name: np.stack([of[name] for of in by_user[arm].values()]) for name in (LIST_SHARE, *names)}
        curve = {name: _with_resamples(measures, values) for name, values in stacked.items()}
        for dose in doses:
            mine = {
                name: _with_resamples(measures, by_user[target][dose][name][None])[:, 0]
                for name in (LIST_SHARE, *names)
            }
            for name in names:
                other = np.array(
                    [at_share(*one) for one in zip(curve[LIST_SHARE], curve[name], mine[LIST_SHARE], strict=True)]
                )
                apart = other - mine[name]
                spread = apart[1:][np.isfinite(apart[1:])]
                # Where many resamples do not reach the share, the rest do not represent them.
                known = len(spread) > RESAMPLES / 2
                reach = NORMAL * spread.std(ddof=1) if known else float("nan")
                found = {"value": mine[name][0], "other": other[0], "low": apart[0] - reach, "high": apart[0] + reach}
                rows.append({"arm": arm, "dose": dose, "share": mine[LIST_SHARE][0], "measure": name, **found})
    return rows


def _with_resamples(measures: ListMeasures, values: np.ndarray) -> np.ndarray:
    """Means over users of `[D, B]`: over all, then over each resample, `[1 + R, D]`."""
    known = np.isfinite(values)
    whole = ratio(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1))
    return np.concatenate([whole[None], measures.means(values)])


def at_share(shares: np.ndarray, values: np.ndarray, wanted: float) -> float:
    """The value of a curve where its share first is the wanted one, by linear interpolation; NaN if it never is.

    shares, values: along the curve, `[D]`.
    """
    for i in range(len(shares) - 1):
        low, high = shares[i], shares[i + 1]
        if min(low, high) <= wanted <= max(low, high):
            along = 0.0 if high == low else (wanted - low) / (high - low)
            return float(values[i] + along * (values[i + 1] - values[i]))
    return float("nan")
