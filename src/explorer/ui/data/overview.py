"""One data set: sizes, long tail, facets, what was left out, and where it leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from explorer import glossary
from explorer.data import describe, find_source, find_sources
from explorer.data.nouns import ITEMS, Nouns
from explorer.data.sources import nouns_of
from explorer.data.summary import DatasetSummary, FacetSummary
from explorer.figures.svg import Bar, bars_svg
from explorer.figures.tail import tail_svg
from explorer.text import md_escape, percent
from explorer.ui.address import asked_for, keep_address, parameters_of
from explorer.ui.cache import open_summary, theme
from explorer.ui.cards import metric_row
from explorer.ui.picture import picture
from explorer.ui.widgets import md

KEY = "data:set"


def datasets_view() -> None:
    """Choose a data set, and see what is in it."""
    names = [source.name for source in find_sources()]
    asked = asked_for("set", lambda text: text if text in names else None, KEY)
    if asked is not None:
        st.session_state[KEY] = asked
    if st.session_state.get(KEY) not in names:
        chosen = st.session_state.get("dataset")
        st.session_state[KEY] = chosen if chosen in names else names[0]
    choice, train = st.columns([3, 1], vertical_alignment="bottom")
    name = choice.selectbox("Data set", names, key=KEY, persist_state="session")
    keep_address("set", name, "data set", "There is no {noun} “{asked}”.")
    with train:
        train_link(name)
    source = find_source(name)
    found, about = open_summary(name), describe(source)
    summary_view(found, nouns_of(source), "overview")
    told = {
        "Kind": source.kind if source.path else "built in, invented",
        "Folder": str(source.path) if source.path else None,
        "Licence": about.licence if about else None,
        "From": about.origin if about else None,
    }
    lines = [f"**{label}:** {md_escape(text)}" for label, text in told.items() if text]
    if source.path is not None and not (about and about.licence):
        lines.append("**Licence:** not stated; `source.toml` may say it")
    st.caption("  \n".join(lines))


def train_link(name: str) -> None:
    """To the Train page, with this data set chosen."""
    with st.container(key="train-on-this"):
        st.page_link(
            "pages/Train.py",
            label="Train on this",
            icon=":material/model_training:",
            query_params=parameters_of("pages/Train.py", source=name),
            width="stretch",
        )


def summary_view(found: DatasetSummary, nouns: Nouns = ITEMS, key: str = "") -> None:
    """A data set in numbers and two pictures."""
    metric_row(
        [
            ("Users", f"{found.users:,}", f"median {found.per_user.median:g} {nouns.items} each", glossary.DATA_USERS),
            (
                nouns.items.capitalize(),
                f"{found.items:,}",
                f"median {found.per_item.median:g} users each",
                glossary.DATA_ITEMS,
            ),
            ("Interactions", f"{found.positives:,}", _times(found), glossary.DATA_POSITIVES),
            ("Density", _share(found.density), "of all pairs of user and item", glossary.DENSITY_OF_DATA),
            (
                "Long tail",
                percent(found.head),
                f"of interactions on the top tenth of {nouns.items}",
                glossary.LONG_TAIL,
            ),
        ]
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Long tail", anchor=False, help=glossary.LONG_TAIL)
        picture(tail_svg(found.tail, nouns.items, theme()), f"{key}:tail")
    with right:
        _facets(found.facets, found.items, nouns, key)
    _notes(found.notes)


def _facets(facets: Sequence[FacetSummary], n_items: int, nouns: Nouns, key: str) -> None:
    st.subheader("Facets", anchor=False, help=glossary.FACET)
    if not facets:
        st.caption(
            f"The {nouns.items} carry no facet such as a category, so neurons are described by examples, popularity "
            "and era instead of names."
        )
        return
    names = [facet.name for facet in facets]
    name = (
        st.segmented_control("Facet", names, default=names[0], required=True, key=f"{key}:facet")
        if len(names) > 1
        else names[0]
    )
    facet = facets[names.index(name)]
    bars = [Bar(value, n / n_items, text=f"{n:,}") for value, n in facet.largest]
    most = max((bar.value for bar in bars), default=1) or 1
    picture(
        bars_svg(bars, f"{nouns.items} by {facet.name}", theme(), width=420, most=most, text_width=60), f"{key}:values"
    )
    more = f", of which the largest {len(bars)} are shown" if facet.values > len(bars) else ""
    st.caption(
        md(
            "{facet}: {values:,} values{more}; {items:,} of {all:,} {nouns} carry one.",
            facet=facet.name,
            values=facet.values,
            more=more,
            items=facet.items,
            all=n_items,
            nouns=nouns.items,
        )
    )


def _notes(notes: Sequence[str]) -> None:
    if notes:
        with st.expander(f"Left out or noticed ({len(notes)})", icon=":material/rule:"):
            st.markdown("\n".join(f"- {md_escape(note)}" for note in notes))


def _times(found: DatasetSummary) -> str:
    if found.first is None or found.last is None:
        return "without times"
    days = [datetime.fromtimestamp(second, UTC).date().isoformat() for second in (found.first, found.last)]
    return f"{days[0]} to {days[1]}"


def _share(share: float) -> str:
    return f"{share:.2%}" if share >= 0.0001 else f"{share:.5%}"
