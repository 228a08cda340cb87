"""How faithful the dictionary is when it is cut after each level, beside other bases with as few coordinates."""

from __future__ import annotations

import pandas as pd

from explorer.errors import listed
from explorer.measures import NDCG, RBO, measure
from explorer.runs import RunMetrics
from explorer.runs.metrics import BASELINE_TITLES, LevelBaselines, ListSpread

NEURONS = "neurons"
SAME = {RBO: 0.005, NDCG: 0.0005}
"""Up to which difference two values are the same: half of the last digit that is shown."""
NOT_MEASURED = (
    "This run was measured before levels had baselines; `python -m explorer evaluate RUN --update` adds them."
)


def fidelity_table(metrics: RunMetrics) -> pd.DataFrame:
    """A row per level and kind of list: `level`, `width`, `what` (a key of `BASELINE_TITLES`), `title`, neurons or
    coordinates that are active per user and per item (`active_users`, `active_items`: medians where baselines were
    measured, else means), NDCG and RBO, and of each the extremes over seeds as `… low` and `… high`."""
    rows = []
    for number, level in enumerate(metrics.levels, start=1):
        beside = _of_width(metrics, level.width)
        active = level if beside is None else beside
        sparsity = {
            "active_users": active.l0_users if beside is None else active.active_users,
            "active_items": active.l0_items if beside is None else active.active_items,
        }
        same = {"level": number, "width": level.width, **sparsity}
        if beside is None:
            rows.append({**same, "what": NEURONS, NDCG: level.ndcg, RBO: level.rbo})
            continue
        for what in BASELINE_TITLES:
            if what in beside.rows:
                rows.append({**same, "what": what, **_values(beside.rows[what])})
    table = pd.DataFrame(rows)
    table["title"] = table["what"].map(BASELINE_TITLES)
    spread = [f"{key} {end}" for key in (NDCG, RBO) for end in ("low", "high")]
    order = ["level", "width", "what", "title", "active_users", "active_items", NDCG, RBO, *spread]
    return table.reindex(columns=order).astype(dict.fromkeys((NDCG, RBO, *spread), float))


def _of_width(metrics: RunMetrics, width: int) -> LevelBaselines | None:
    return next((level for level in metrics.level_baselines or () if level.width == width), None)


def _values(row: ListSpread) -> dict[str, float | None]:
    ends = {"low": row.low, "high": row.high}
    of = {f"{key} {end}": value for end, at in ends.items() for key, value in ((NDCG, at.ndcg), (RBO, at.rbo))}
    return {NDCG: row.ndcg, RBO: row.rbo, **of}


def own_ndcg(metrics: RunMetrics) -> float | None:
    """NDCG of the recommender's own lists, of the users that the levels were compared on."""
    compared = metrics.level_baselines
    return compared[0].recommender if compared else metrics.recommender.ndcg


def fidelity_sentences(metrics: RunMetrics, width: int | None = None) -> list[str]:
    """How near the last level comes to the recommender, and at every level whether a baseline reaches the same; of the
    levels up to a width if it is given."""
    table = fidelity_table(metrics)
    table = table if width is None else table[table["width"] <= width]
    said = []
    last, own = table[table["what"] == NEURONS].iloc[-1], own_ndcg(metrics)
    if own is not None and pd.notna(last[NDCG]):
        of = f"{measure(NDCG).short} of level {last['level']} is {_text(NDCG, last[NDCG])}"
        said.append(f"{of}; the recommender's own is {_text(NDCG, own)}.")
    if not metrics.level_baselines:
        return [*said, NOT_MEASURED]
    return [*said, *(sentence for key in (RBO, NDCG) for sentence in _beside(table, key))]


def _beside(table: pd.DataFrame, key: str) -> list[str]:
    """At which levels the neurons are above every baseline, and at which a baseline reaches as much."""
    name, found = measure(key).short, {True: [], False: []}
    for number, level in table.groupby("level"):
        own = level[level["what"] == NEURONS].iloc[0][key]
        others = level[(level["what"] != NEURONS) & level[key].notna()]
        if pd.isna(own) or others.empty:
            continue
        best = others.loc[others[key].idxmax()]
        values = f"{best['title']} {_text(key, best[key])} beside {_text(key, own)}"
        found[bool(own - best[key] > SAME[key])].append((f"level {number}", values))
    said = []
    for above, levels in found.items():
        if levels:
            verdict = "the neurons are above every baseline" if above else "a baseline reaches as much as the neurons"
            at, values = levels[-1]
            every = "every level" if len(levels) == table["level"].nunique() > 1 else listed([one for one, _ in levels])
            said.append(
                f"{name}: {verdict} at {every}; at {at} {values}."
                if len(levels) > 1
                else f"{name}: {verdict} at {every}: {values}."
            )
    return said


def _text(key: str, value: float) -> str:
    return measure(key).text(float(value))
