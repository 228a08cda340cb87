"""Purity against fidelity over the configurations of a sweep: which of them no other beats on both."""

from __future__ import annotations

from typing import Any

import pandas as pd

from explorer.measures import HELD_OUT, PURITY
from explorer.measures import RBO as FIDELITY


def purity_axis(table: pd.DataFrame) -> str:
    """The column of purity: held out, or that of the chosen items if some points are from before it was measured."""
    known = {key: table[key].notna() if key in table else pd.Series(False, table.index) for key in (HELD_OUT, PURITY)}
    return PURITY if (known[PURITY] & ~known[HELD_OUT]).any() else HELD_OUT


def frontier(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds of each configuration, best fidelity first; points without a value on an axis are left out.

    The table's columns, numbers as means, and besides
    n: seeds.
    …_low, …_high: of both axes, fidelity and `purity_axis`, the least and the largest seed.
    about: the settings in words.
    best: whether no other configuration is as good on both axes and better on one.
    """
    purity = purity_axis(table)
    if purity not in table:
        return pd.DataFrame()
    done = table.dropna(subset=[purity, FIDELITY])
    if done.empty:
        return pd.DataFrame()
    numbers = [name for name in done.select_dtypes("number") if name not in _settings(done) and name != "seed"]
    by = done[_settings(done)].astype(str).agg("|".join, axis=1) if _settings(done) else pd.Series("", done.index)
    groups = done.groupby(by, sort=False)
    means = groups[numbers].mean()
    for axis in (purity, FIDELITY):
        means[f"{axis}_low"], means[f"{axis}_high"] = groups[axis].min(), groups[axis].max()
    others = [name for name in done if name not in numbers and name not in ("point", "seed", "command", "problem")]
    result = groups[others].first().join(means)
    result["n"] = groups.size()
    result["command"] = groups["command"].first()
    result = result.sort_values([FIDELITY, purity], ascending=False, ignore_index=True)
    axes = result[[purity, FIDELITY]].to_numpy()
    gain = axes[None] - axes[:, None]  # [i, j]: what j has over i
    result["best"] = ~((gain >= 0).all(axis=2) & (gain > 0).any(axis=2)).any(axis=1)
    settings = [name for name in _settings(done) if name in result]
    result["about"] = [
        ", ".join(f"{name}={_setting_text(row[name])}" for name in settings if not pd.isna(row[name])) or "defaults"
        for row in result.to_dict("records")
    ]
    return result


def _setting_text(value: Any) -> str:
    """A setting as it was given: whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _settings(table: pd.DataFrame) -> list[str]:
    """Columns that hold settings other than the seed."""
    return [name for name in table if "." in name]
