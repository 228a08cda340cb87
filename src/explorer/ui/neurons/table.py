"""The table of the listed neurons, and ways to take it away."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.browse.export import neurons_csv, neurons_parquet
from explorer.browse.filter_words import STANDING_WORDS
from explorer.browse.table import MIX_DEPTH
from explorer.data.nouns import ITEMS, Nouns
from explorer.figures.card_page import MAX_CARDS, cards_html
from explorer.figures.palette import Theme, genre_colours
from explorer.runs import Run
from explorer.ui.cache import open_audit, theme
from explorer.ui.downloads import file_button
from explorer.ui.grid import Stored, grid
from explorer.ui.grid_data import mix_column
from explorer.ui.neurons.state import COLUMNS, KEY, NEURON, Listing, open_neuron, sort_by
from explorer.ui.tables import FLAGS_HELP, measure_column

_column = st.column_config
_SEED = "Mean over trainings with another seed."
_SAMPLE = "Mean over trainings on random samples of users and items."


def columns(run: Run, listed: Listing) -> dict:
    """Those columns of the table of neurons that say something of this run, in their order."""
    return _columns(listed.stamp, theme(), run, listed.table)


@st.cache_resource(max_entries=16, show_spinner=False)
def _columns(stamp: str, shade: Theme, _run: Run, _table: pd.DataFrame) -> dict:
    there = neuron_columns(_run.dataset.nouns, genre_colours(_run.dataset, shade))
    useless = [name for name in there if name in _table and _says_nothing(name, _table)]
    return {name: column for name, column in there.items() if name not in useless}


def neuron_columns(nouns: Nouns = ITEMS, colours: Mapping[str, str] | None = None) -> dict:
    """All columns of the table of neurons, in their order; `colours` of the facets."""
    number = _column.NumberColumn
    return {
        "neuron": number("No.", help="The neuron's number in this run."),
        "label": _column.TextColumn("Name", width=200, help=glossary.NAME),
        "why": _column.TextColumn("Why", help="Why the search found it; per cent are of the neuron's range."),
        "mix": mix_column(
            nouns.facets.capitalize(),
            colours or {},
            help=f"{nouns.facets.capitalize()} of its {MIX_DEPTH} strongest {nouns.items}; each counts once, split "
            f"evenly between its {nouns.facets}.",
        ),
        "ap": measure_column("ap"),
        "held_out": number("Held-out", format="%.0f%%", help=glossary.HELD_OUT_PURITY),
        "purity": number("Purity@10", format="%.0f%%", help=glossary.PURITY),
        "standing": _column.TextColumn("Verdict", help="What reviewers agree on."),
        "density_items": number(nouns.items.capitalize(), format="%.1f%%", help=glossary.DENSITY),
        "density_users": number("Users", format="%.1f%%", help=glossary.DENSITY),
        "stability": number("Stability", format="%.2f", help=f"{glossary.STABILITY_COSINE}\n\n{_SAMPLE}"),
        "stability_seed": number("Other seed", format="%.2f", help=f"{glossary.STABILITY_COSINE}\n\n{_SEED}"),
        "name_holds": _column.ProgressColumn(
            "Holds", format="%.0f%%", min_value=0, max_value=100, help=glossary.NAME_HOLDS
        ),
        "genre": _column.TextColumn(f"Best {nouns.facet}", help=glossary.GENRE),
        "p": number("p", format="%.2g", help=glossary.P_VALUE),
        "popularity": number("Popularity", format="%.0f", help=glossary.POPULARITY),
        "year": number("Year", format="%.0f", help=glossary.YEAR),
        "level": number("Level", format="%d", help=glossary.LEVEL),
        "reviews": number("Reviewers", format="%d", help="How many people have judged it."),
        "flags": _column.TextColumn("Warnings", help=FLAGS_HELP),
        "proposed": _column.TextColumn("Proposed name", help=glossary.NAME),
    }


def _says_nothing(name: str, table: pd.DataFrame) -> bool:
    if name == "proposed":
        return bool((table["proposed"] == table["label"]).all())
    if name == "standing":
        return bool((table["standing"] == "open").all())
    if name in ("reviews", "flags", "level"):
        return bool(table[name].isin([0, 1, ""]).all() and (table[name] == table[name].iloc[0]).all())
    return bool(table[name].isna().all())


def chosen_columns(all_columns: dict) -> list[str] | None:
    """Those that the person chose; None for all."""
    asked = [name for name in st.session_state.get(COLUMNS) or () if name in all_columns]
    return asked or None


def neuron_grid(run: Run, listed: Listing) -> list[str] | None:
    """Draw the table; returns the columns that were chosen, None for all."""
    table = _shown(listed.stamp, listed.table)
    known = columns(run, listed)
    asked = chosen_columns(known)
    shown = {name: column for name, column in known.items() if not asked or name in ("neuron", "label", "why", *asked)}
    changing: tuple[str, ...] = ()
    if listed.found is not None:
        whys = [""] * len(table)
        for place, why in zip(listed.order.tolist(), listed.why, strict=True):
            whys[place] = why
        table, changing = table.assign(why=whys), ("why",)
    grid(
        table,
        shown,
        key=KEY,
        ids="neuron",
        chosen=[st.session_state[NEURON]],
        on_choose=lambda rows: open_neuron(rows[0]),
        label="Neurons with name, facets, average precision, purity, and shares of items and users",
        height=560,
        stored=Stored(f"{listed.stamp}:{theme()}", listed.order, changing),
        sorting=(listed.asked.sort, listed.asked.ascending) if listed.asked.sort else None,
        on_sort=sort_by,
    )
    return asked


@st.cache_resource(max_entries=8, show_spinner=False)
def _shown(stamp: str, _table: pd.DataFrame) -> pd.DataFrame:
    """The table with verdicts in words, and nothing where there is none."""
    words = _table["standing"].map({**STANDING_WORDS, "open": ""})
    return _table.assign(standing=words)


def below_table(run: Run, listed: Listing) -> None:
    """How many are listed, which columns there are, and the table as files."""
    known = columns(run, listed)
    with st.container(horizontal=True, vertical_alignment="center", key="neurons-below"):
        st.caption(f"{len(listed.order):,} of {run.index.n:,} neurons", width="stretch")
        with st.popover("Columns", icon=":material/view_column:"):
            optional = [name for name in known if name not in ("neuron", "label", "why")]
            st.session_state["neurons:pick"] = chosen_columns(known) or optional
            st.pills(
                "Columns of the table",
                optional,
                selection_mode="multi",
                format_func=lambda name: known[name]["label"],
                key="neurons:pick",
                on_change=lambda: _pick(optional),
            )
        name = f"neurons-{run.name}"
        for make, ending, kind, label in (
            (neurons_csv, "csv", "text/csv", "CSV"),
            (neurons_parquet, "parquet", "application/vnd.apache.parquet", "Parquet"),
        ):
            file_button(
                lambda make=make: make(listed.rows), f"{name}.{ending}", kind, label, "The neurons listed, as a table."
            )
        if len(listed.order) > 0:
            most = f"the first {MAX_CARDS} of " if len(listed.order) > MAX_CARDS else ""
            file_button(
                lambda: cards_html(run, listed.neurons[:MAX_CARDS], open_audit(run)),
                f"cards-{run.name}.html",
                "text/html",
                "Cards",
                f"The cards of {most}the neurons listed as one HTML page, to print or to send.",
            )


def _pick(optional: list[str]) -> None:
    picked = [name for name in optional if name in st.session_state["neurons:pick"]]
    st.session_state[COLUMNS] = None if len(picked) in (0, len(optional)) else picked
