"""Whom an item is recommended to: the last part of its page, as it needs the lists of many users."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.browse.audience import N_USERS, Audience, audience_of, main_facets, standing, standing_sentence
from explorer.browse.waterfall import decimals
from explorer.experiments.items import users_counted
from explorer.figures import genre_colours
from explorer.figures.beside_average import beside_average_html
from explorer.measures import SHOWN_LENGTH
from explorer.people.histories import histories_of
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.cache import open_exposure, theme
from explorer.ui.errors import fragment
from explorer.ui.links import neuron_links, user_links
from explorer.ui.tables import show_table

AT_ONCE = 30_000_000
"""Scores that are computed without asking; of more, or of costly ones, somebody has to want them."""
AT_ONCE_BY_MODEL = 3_000_000
N_FACETS = 8
_ASKED = "items:audience"
"""In the session: the runs of which somebody wanted to see it."""
_column = st.column_config


@fragment
def show_audience(run: Run, item: int) -> None:
    """Draw it, or a button where it takes long."""
    nouns = run.dataset.nouns
    st.markdown(f"**Whom is this {nouns.item} recommended to?**", help=glossary.REACH)
    asked = st.session_state.setdefault(_ASKED, set())
    if takes_long(run) and str(run.path) not in asked:
        users = len(users_counted(run))
        st.caption(f"That takes the lists of {users:,} users, which are computed once.")
        st.button("Find out", icon=":material/group:", on_click=asked.add, args=(str(run.path),), key="items:find-out")
        return
    exposure = open_exposure(run, SHOWN_LENGTH)
    found = audience_of(run, exposure, item)
    st.markdown(md_escape(found.sentence(nouns)))
    notes = []
    if found.had:
        notes.append(f"{found.had:,} have had it already and are not counted.")
    if found.drawn:
        notes.append(f"{len(exposure.users):,} users drawn at random stand for all {run.dataset.n_users:,}.")
    nearest = None if len(found.users) else standing(exposure, item)
    if nearest is not None:
        notes.append(standing_sentence(nearest[1], nearest[2]))
    if notes:
        st.caption(" ".join(notes))
    if len(found.users):
        _parts(run, found)


def takes_long(run: Run) -> bool:
    """Whether the lists of all who are counted take more than a second or two."""
    cells = len(users_counted(run)) * run.dataset.n_items
    return cells > (AT_ONCE if run.recommender.dot_product else AT_ONCE_BY_MODEL)


def _parts(run: Run, found: Audience) -> None:
    nouns = run.dataset.nouns
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown("Some of these users", help=glossary.RANK_IN_LIST)
        _users(run, found)
    with middle:
        st.markdown("Neurons that set them apart", help=glossary.BRINGS)
        _neurons(found)
    with right:
        if len(found.facets):
            st.markdown(f"{nouns.facets.capitalize()} of their histories", help=glossary.HISTORY_SHARE)
            _facets(run, found)


def _users(run: Run, found: Audience) -> None:
    users = found.users[:N_USERS]
    ids = run.dataset.users["user_id"].iloc[users].astype(str).tolist()
    lengths = histories_of(run).lengths[users]
    table = pd.DataFrame({"user": ids, "rank": found.ranks[: len(users)], "mostly": main_facets(run, users)})
    table = table.assign(items=lengths)
    columns = {
        "user": _column.TextColumn("User"),
        "rank": _column.NumberColumn("Rank", format="%d", width=60, help=glossary.RANK_IN_LIST),
        "mostly": _column.TextColumn("Mostly", help=f"The most frequent {run.dataset.nouns.facet} of the history."),
        "items": _column.NumberColumn("History", format="localized", width=75, help=glossary.HISTORY_LENGTH),
    }
    item_id = str(run.dataset.items["item_id"].iloc[found.item])
    links = user_links(ids, item=item_id)
    show_table(table, columns, "items:users", alt="Users who get it", height=320, links=links)


def _neurons(found: Audience) -> None:
    table = found.neurons
    if table.empty:
        st.caption("No neuron adds more for them than for the average user.")
        return
    largest = max(float(table["part"].abs().max()), float(table["average"].abs().max()))
    form = f"%+.{decimals(largest) + 1}f"
    columns = {
        "label": _column.TextColumn("Neuron", help=glossary.NAME),
        "part": _column.NumberColumn("Adds", format=form, width=70, help=glossary.BRINGS),
        "average": _column.NumberColumn("On average", format=form, width=90, help=glossary.BRINGS),
    }
    named = table.assign(label=[f"{k} · {label}" for k, label in zip(table["neuron"], table["label"], strict=True)])
    links = neuron_links(table["neuron"])
    show_table(named, columns, "items:brings", alt="Neurons that set them apart", height=320, links=links)


def _facets(run: Run, found: Audience) -> None:
    label = f"{run.dataset.nouns.facets.capitalize()} of their histories, beside the average user's"
    colours = genre_colours(run.dataset, theme())
    st.html(beside_average_html(found.facets.head(N_FACETS), label, theme(), colours))
