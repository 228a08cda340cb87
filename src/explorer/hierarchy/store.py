"""The hierarchy in a run's folder, so that a page need not find it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.hierarchy.columns import ADDED, COLUMNS
from explorer.hierarchy.evidence import level_numbers
from explorer.hierarchy.explain import with_parent
from explorer.hierarchy.hierarchy import Hierarchy
from explorer.storage.attachments import attach, attached

FOLDER, NAME = "maps", "hierarchy"
MAX_WIDTH, MAX_ITEMS = 2**16, 2**31
TABLES = tuple(field.name for field in fields(Hierarchy) if field.name not in ("levels", "alone"))


def save_hierarchy(run_folder: Path, hierarchy: Hierarchy) -> None:
    """Add the hierarchy to a run's folder, in place of an older one."""
    tables = {name: getattr(hierarchy, name) for name in TABLES}
    about = {"levels": list(hierarchy.levels), "alone": hierarchy.alone, "with_parent": with_parent(hierarchy)}
    attach(Path(run_folder) / FOLDER, NAME, tables, about)


def load_hierarchy(run_folder: Path, widths: tuple[int, ...] | None = None) -> Hierarchy | None:
    """The hierarchy that was added to a run's folder; None if there is none, or none of these prefix widths."""
    folder, sizes = Path(run_folder) / FOLDER, {"neurons": widths[-1] if widths else MAX_WIDTH, "items": MAX_ITEMS}
    first = {name: columns for name, columns in COLUMNS.items() if name not in ADDED}
    found = attached(folder, NAME, COLUMNS, sizes) or attached(folder, NAME, first, sizes)
    if found is None:
        return None
    tables, about = found
    try:
        levels = tuple(about["levels"])
        fits = levels == widths if widths else all(type(width) is int and width > 0 for width in levels)
        if not fits or not _belong_together(levels, tables):
            return None
        added = {name: tables.pop(name) for name in ADDED if name in tables}
        found = Hierarchy(levels=levels, alone=bool(about["alone"]), **tables)
        # Without them the hierarchy still opens: `Hierarchy.complete` finds them.
        return replace(found, **added) if _divides(found, added) else found
    except (KeyError, TypeError, IndexError, ValueError):
        return None


def _belong_together(widths: tuple[int, ...], tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether the tables are of one dictionary, and every parent is of an earlier level, so that every path ends."""
    edges, flags, n = tables["candidates"], tables["flags"], widths[-1]
    level = level_numbers(widths)
    kept = edges[edges["is_edge"]]
    parent = np.full(n, -1)
    parent[kept["child"]] = kept["parent"]
    chance = tables["chance"].set_index("level")
    counted = edges.groupby("level")["is_edge"].agg(["size", "sum"]).astype("int32")
    whole = all(
        np.array_equal(table["neuron"], np.arange(n)) and np.array_equal(table["level"], level)
        for table in (flags, tables["neurons"])
    )
    return (
        whole
        and edges["child"].is_unique
        and np.array_equal(edges["level"], level[edges["child"]])
        and (kept["parent"] >= 0).all()
        and (level[kept["parent"]] < level[kept["child"]]).all()
        and np.array_equal(flags["parent"], parent)
        and counted.to_numpy().tolist() == chance.loc[counted.index, ["children", "with_parent"]].to_numpy().tolist()
        and len(chance) == len(counted)
        and chance["random_with_parent"].between(0, chance["random"]).all()
        and (chance["random"] > 0).all()
        and tables["level_metrics"]["width"].tolist() == list(widths)
    )


def _divides(found: Hierarchy, added: Mapping[str, pd.DataFrame]) -> bool:
    """Whether the tables share out each parent's own items among its children, and no item twice."""
    if set(added) != set(ADDED) or not np.array_equal(added["examples"]["neuron"], np.arange(found.levels[-1])):
        return False
    shares, own, edges = added["shares"], added["examples"]["own"].to_numpy(), found.edges
    parents, level = found.flags["parent"].to_numpy(), level_numbers(found.levels)
    given = shares.groupby(["parent", "levels"])["items"].sum()
    return (
        not shares.duplicated(["child", "levels"]).any()
        and np.array_equal(parents[shares["child"]], shares["parent"])
        and len(shares) == int((len(found.levels) + 1 - level[edges["child"]]).sum())
        and shares["levels"].between(level[shares["child"]], len(found.levels)).all()
        and (given.to_numpy() <= own[given.index.get_level_values("parent")]).all()
    )
