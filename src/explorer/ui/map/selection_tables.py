"""The tables of a selection: its points, the concepts that fire there, what they have in common, who likes it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.browse.selection import Part
from explorer.browse.selection_comparison import Difference
from explorer.data.nouns import Nouns
from explorer.maps.vectors import Entity
from explorer.runs import Run
from explorer.text import p_value
from explorer.ui.grid import Link, draw_grid, ordered
from explorer.ui.grid_data import with_links
from explorer.ui.hierarchy.state import choose
from explorer.ui.linking import chosen_in, link
from explorer.ui.links import item_links, neuron_links, user_links
from explorer.ui.tables import show_table

MAX_ROWS = 500
"""Rows that are shown; the export has all."""
_HEIGHT = 340
_column = st.column_config


def sections(run: Run, entity: Entity) -> dict[str, str]:
    """Names of the tables of a part, by what they are of in `Part`."""
    nouns = run.dataset.nouns
    shown = {"members": nouns.items.capitalize() if entity == "item" else f"{entity.capitalize()}s"}
    if entity != "neuron":
        shown["concepts"] = "Concepts"
    audience = {"item": "Liked by", "user": f"{nouns.items.capitalize()} liked", "neuron": nouns.items.capitalize()}
    shown |= {"traits": "In common", "audience": audience[entity]}
    return shown | ({"families": "Families"} if entity == "neuron" else {})


def show_section(run: Run, part: Part, section: str, neuron: int) -> None:
    """One of the tables of a part; `neuron`: the one that is chosen."""
    if section == "concepts":
        rows = part.significant
        _caption_of_tests(len(rows), len(part.concepts), "live concepts")
        if len(rows):
            concept_grid(run, rows, "selection:concepts", neuron, concept_columns())
        return
    if section == "traits":
        rows = part.traits[part.traits["significant"]] if len(part.traits) else part.traits
        _caption_of_tests(len(rows), len(part.traits), "traits")
        if len(rows):
            _read(rows, trait_columns(), "What the selected points have in common")
        return
    table = getattr(part, section)
    if section == "families":
        _families(table)
    elif section == "members":
        _members(run, part, neuron)
    else:
        _audience(run, part)


def _caption_of_tests(found: int, tested: int, what: str) -> None:
    """How many are significant, and of how many."""
    said = f"{found:,} of {tested:,} {what} significantly more frequent here than elsewhere (p < .01)."
    st.caption(said if found else f"None of {tested:,} {what} is more frequent here than chance explains.")


def _members(run: Run, part: Part, neuron: int) -> None:
    nouns, table = run.dataset.nouns, part.members
    if part.left_out:
        st.caption(f"{part.left_out:,} selected neurons of hidden levels are left out.")
    if len(table) > MAX_ROWS:
        st.caption(f"The first {MAX_ROWS:,} of {len(table):,}; the export has all.")
        table = table.head(MAX_ROWS)
    if part.entity == "neuron":
        if len(table):
            concept_grid(run, table, "selection:neurons", neuron, _neuron_columns(nouns))
    elif part.entity == "item":
        columns = {
            "title": _column.TextColumn("Title", width=160),
            "year": _column.NumberColumn("Year", format="%d", width=50),
            "genres": _column.ListColumn(nouns.facets.capitalize(), width=120),
            "popularity": _column.NumberColumn("Chosen by", format="localized", width=75, help=glossary.COUNT),
        }
        _read(table, columns, f"The selected {nouns.items}", item_links(table, run))
    else:
        columns = {
            "user": _column.TextColumn("User", width=70),
            "items": _column.NumberColumn(nouns.items.capitalize(), format="localized", width=70),
            "facet": _column.TextColumn(f"Most {nouns.facet}", width=110),
        }
        _read(table.assign(user=table["user"].astype(str)), columns, "The selected users", user_links(table["user"]))


def _neuron_columns(nouns: Nouns) -> dict:
    return {
        "label": _column.TextColumn("Name", width=140, help=glossary.NAME),
        "density_items": _column.NumberColumn(
            nouns.items.capitalize(), format="%.1f%%", width=65, help=glossary.DENSITY
        ),
        "density_users": _column.NumberColumn("Users", format="%.1f%%", width=65, help=glossary.DENSITY),
    }


def _audience(run: Run, part: Part) -> None:
    nouns, table = run.dataset.nouns, part.audience
    if part.entity == "item":
        said = f"{len(table):,} users' histories hold significantly more of these {nouns.items} than expected."
    elif part.entity == "user":
        said = f"{len(table):,} {nouns.items} are significantly more frequent in these users' histories than expected."
    else:
        said = f"On {len(table):,} {nouns.items} these neurons fire strongly, significantly more often than the others."
    st.caption(said if len(table) else "None is more frequent here than chance explains.")
    if len(table):
        show_audience(run, part.entity, table.head(MAX_ROWS), "Who likes it")


def show_audience(run: Run, entity: Entity, table: pd.DataFrame, alt: str) -> None:
    """Users or items with how many of the selection they have, or of two selections."""
    beside = {"more": _column.TextColumn("More in", width=60)} if "more" in table else {}
    counts = {
        "hits": _column.NumberColumn("Of these", format="localized", width=65),
        "expected": _column.NumberColumn("Expected", format="%.1f", width=70, help=glossary.FOND),
        "lift": _column.NumberColumn("Lift", format="%.1f ×", width=60, help=glossary.FOND),
        "p": _column.TextColumn("p", width=70, help=glossary.FOND),
    }
    if entity == "neuron":
        counts = share_columns(two="more" in table)
    if entity == "item":
        columns = {"user": _column.TextColumn("User", width=60), **beside, **counts}
        links = user_links(table["user"])
        table = table.assign(user=table["user"].astype(str))
    else:
        columns = {"title": _column.TextColumn("Title", width=150), **beside, **counts}
        links = item_links(table, run)
    _read(table, columns, alt, links)


def _families(table: pd.DataFrame) -> None:
    st.caption(f"{len(table):,} families have neurons of this selection." if len(table) else "They are of no family.")
    if len(table):
        columns = {
            "family": _column.TextColumn("Family", width=140),
            "here": _column.NumberColumn("Selected", width=70),
            "of": _column.NumberColumn("Of its neurons", width=95),
        }
        _read(table, columns, "Families of the selected neurons")


def share_columns(two: bool = False) -> dict:
    """Columns of shares here and elsewhere, or of A and B."""
    here, there = ("In A", "In B") if two else ("Here", "Rest")
    return {
        "lift": _column.NumberColumn("Lift", format="%.1f ×", width=52, help=glossary.SELECTION_LIFT),
        "here": _column.NumberColumn(here, format="%.0f%%", width=45, help=glossary.FIRES_STRONGLY),
        "elsewhere": _column.NumberColumn(there, format="%.1f%%", width=60, help=glossary.FIRES_STRONGLY),
        "p": _column.TextColumn("p", width=70, help=glossary.SELECTION_P),
    }


def concept_columns(two: bool = False) -> dict:
    """Columns of the concepts that fire on a selection, or of those that set two apart."""
    names = {"label": _column.TextColumn("Concept", width=120, help=glossary.NAME)}
    if two:
        return {**names, "more": _column.TextColumn("More in", width=60), **share_columns(two)}
    return {**names, **share_columns()}


def trait_columns(two: bool = False) -> dict:
    """Columns of facets, decades and the like."""
    more = {"more": _column.TextColumn("More in", width=60)} if two else {}
    shares = share_columns(two)
    for name in ("here", "elsewhere"):
        shares[name] = {**shares[name], "help": None}
    names = {"name": _column.TextColumn("What", width=130), "kind": _column.TextColumn("Kind", width=85)}
    return {**names, **more, **shares}


def concept_grid(run: Run, table: pd.DataFrame, key: str, neuron: int, columns: dict) -> None:
    """Neurons: a click on a row chooses its neuron everywhere, the name leads to its page."""
    key = f"hierarchy:{key}"
    links = neuron_links(table["neuron"])
    numbered = [f"{number} {label}" for number, label in zip(table["neuron"], table["label"], strict=True)]
    table = ordered(with_links(_shown(table).assign(label=numbered), links), key)
    draw_grid(
        table,
        columns,
        key,
        label="Concepts of the selection",
        height=_HEIGHT,
        ids="neuron",
        chosen=[neuron] if neuron in set(table["neuron"]) else [],
        on_choose=lambda: choose(chosen_in(key, run.index.n)),
        links=links,
        link=link(run.digest, neuron),
    )


def show_difference(run: Run, part: Difference, section: str, neuron: int) -> None:
    """One of the tables of a comparison."""
    table = getattr(part, section)
    if not len(table):
        st.caption("Nothing sets them apart here that chance does not explain.")
    elif section == "concepts":
        concept_grid(run, table, "selection:difference", neuron, concept_columns(two=True))
    elif section == "traits":
        _read(table, trait_columns(two=True), "What sets the two selections apart")
    else:
        show_audience(run, part.entity, table.head(MAX_ROWS), "Who likes one of them more")


def _read(table: pd.DataFrame, columns: dict, alt: str, links: Mapping[str, Link] | None = None) -> None:
    show_table(_shown(table), columns, key=f"hierarchy:selection:{alt}", alt=alt, height=_HEIGHT, links=links)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """With p in words, and without a lift that has no end."""
    new = {"p": [p_value(p).removeprefix("p ").removeprefix("= ") for p in table["p"]]} if "p" in table else {}
    if "lift" in table:
        new["lift"] = table["lift"].where(np.isfinite(table["lift"]))
    return table.assign(**new)
