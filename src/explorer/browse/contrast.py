"""What some rows have more often than others: the one test behind everything that is said of a selection.

G groups (a concept that fires, a genre, the history of a user), some rows here and some there. Of the K rows that are
in a group, a are here; if the m rows here had been drawn at random from all N of both, at least a of K would be here
with a probability that is hypergeometric. Each is multiplied by the number of groups tested (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from explorer.neurons.purity import SIGNIFICANCE
from explorer.neurons.tails import log_tail
from explorer.ratio import ratio


@dataclass(frozen=True, eq=False)
class Groups:
    """Which rows are in which groups.

    about: one row per group, in any columns.
    members: 1 where a row is in a group, `[N, G]`.
    known: rows that could be in one, bool `[N]`; None for all.
    """

    about: pd.DataFrame
    members: csr_array
    known: np.ndarray | None = None

    def counts(self, rows: np.ndarray) -> tuple[np.ndarray, int]:
        """How many of some rows are in each group, float64 `[G]`, and how many could be."""
        rows = rows if self.known is None else rows[self.known[rows]]
        return np.bincount(self.members[rows].indices, minlength=self.members.shape[1]).astype(float), len(rows)


def rest(rows: np.ndarray, n: int) -> np.ndarray:
    """The rows of n that are not among these, ascending."""
    there = np.ones(n, bool)
    there[rows] = False
    return np.flatnonzero(there)


def contrast(families: Sequence[Groups], here: np.ndarray, there: np.ndarray, both_ways: bool = False) -> pd.DataFrame:
    """Every group of all families: `about`, `hits` (rows here), `here` and `elsewhere` (shares), `lift`, `p` and
    `significant`, the smallest p first.

    lift: here / elsewhere; infinite for what is nowhere else, NaN for what is nowhere.
    p: corrected for the number of groups of all families that any row is in.
    both_ways: also what is more frequent elsewhere; `more` says where, "here" or "there", and the correction is for
        twice as many tests.
    """
    tables, tails = [], []
    for groups in families:
        (a, m), (b, r) = groups.counts(here), groups.counts(there)
        tails.append(log_tail(a, m + r, a + b, m))
        shares = {"hits": a.astype(int), "here": ratio(a, float(m)), "elsewhere": ratio(b, float(r))}
        table = groups.about.assign(**shares, tested=(a + b > 0) & (m > 0) & (r > 0), more="here")
        if both_ways:
            other = log_tail(b, m + r, a + b, r)
            table["more"] = np.where(other < tails[-1], "there", "here")
            tails[-1] = np.minimum(tails[-1], other)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    return _judged(table, np.concatenate(tails), 2 if both_ways else 1)


def _judged(table: pd.DataFrame, log_p: np.ndarray, ways: int) -> pd.DataFrame:
    tests = ways * int(table["tested"].sum())
    log_p = np.where(table["tested"], np.minimum(log_p + np.log(max(tests, 1)), 0.0), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = table["here"].to_numpy(float) / table["elsewhere"].to_numpy(float)
    p = np.exp(log_p)
    table = table.assign(lift=lift, p=p, significant=np.nan_to_num(p, nan=1.0) < SIGNIFICANCE)
    order = np.lexsort((-np.nan_to_num(table["here"]), np.where(np.isnan(log_p), np.inf, log_p)))
    return table.iloc[order].drop(columns=["tested"] if ways == 2 else ["tested", "more"]).reset_index(drop=True)


def fond(members: csr_array, here: np.ndarray, there: np.ndarray, both_ways: bool = False) -> pd.DataFrame:
    """Whose histories hold more of the rows here than expected, or which items users here have more than expected.

    members: 1 where a row is in the history of a column, `[N, G]`.

    `column`, `hits` (rows here that it has), `of` (rows that it has at all), `expected` (if its rows were spread like
    everybody's), `lift` (hits / expected) and `p`, only the significant ones, the smallest p first. The p is the larger
    of two: rows here drawn at random from all, and its own rows drawn at random from everybody's. So neither a long
    history nor popular items are enough.
    """
    groups = Groups(pd.DataFrame(index=range(members.shape[1])), members)
    (a, m), (b, r) = groups.counts(here), groups.counts(there)
    tested = a + b > 0
    found = [_fond(a, b, m, r, "here")] + ([_fond(b, a, r, m, "there")] if both_ways else [])
    tests = int(tested.sum()) * len(found)
    tables = []
    for table, log_p in found:
        log_p = np.minimum(log_p + np.log(max(tests, 1)), 0.0)
        chosen = np.flatnonzero(tested & (log_p < np.log(SIGNIFICANCE)))
        tables.append(table.iloc[chosen].assign(p=np.exp(log_p[chosen]), order=log_p[chosen]))
    table = pd.concat(tables, ignore_index=True).sort_values(["order", "column"], kind="stable", ignore_index=True)
    return table.drop(columns=["order"] if both_ways else ["order", "more"])


def _fond(a: np.ndarray, b: np.ndarray, m: int, r: int, more: str) -> tuple[pd.DataFrame, np.ndarray]:
    of = a + b
    interactions, of_here = of.sum(), a.sum()
    log_p = np.maximum(log_tail(a, m + r, of, m), log_tail(a, interactions, of, of_here))
    expected = ratio(of * of_here, interactions, otherwise=0.0)
    table = pd.DataFrame({"column": np.arange(len(a)), "hits": a.astype(int), "of": of.astype(int)})
    return table.assign(expected=expected, lift=ratio(a, expected), more=more), log_p
