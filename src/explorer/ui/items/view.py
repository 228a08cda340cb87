"""One item: which neurons fire on it, what is near it, and whom it is recommended to."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.browse.items import ItemFacts, item_facts, item_neurons, nearest_items, sharing_items
from explorer.errors import shortened
from explorer.runs import Run
from explorer.steering import person_of
from explorer.text import html_escape, md_escape
from explorer.ui.address import parameters_of
from explorer.ui.frame import page_title
from explorer.ui.item_search import pick_item
from explorer.ui.items.audience import show_audience
from explorer.ui.items.state import chosen_item, chosen_user, keep_choice, show_item, show_random, show_user
from explorer.ui.links import item_links, neuron_links
from explorer.ui.score_parts import score_parts
from explorer.ui.tables import item_columns, show_table
from explorer.ui.user_search import pick_user
from explorer.ui.widgets import md

MAX_NEURONS = 100
"""Neurons that are listed, the strongest."""
MAX_NAME = 24
"""Characters of a neuron's name where several stand in a row."""
MAX_HEADING = 120
"""Characters of a title in a heading; a longer one stands whole below it."""
_column = st.column_config


def show(run: Run) -> None:
    """The page, of an open run."""
    item = chosen_item(run)
    user = chosen_user(run, item)
    facts = item_facts(run, item)
    page_title(shortened(facts.title, MAX_HEADING))
    with st.container(horizontal=True, vertical_alignment="bottom", key="item-choice"):
        pick_item(run, item, "items:choice", lambda row: show_item(run, row))
        st.button("Random", icon=":material/shuffle:", on_click=show_random, args=(run,), key="items:random")
    keep_choice(run, item)  # here, as it says above all else what is not there
    _heading(run, facts)
    left, right = st.columns(2, gap="medium")
    with left:
        _neurons(run, item)
    with right:
        _score(run, item, user)
    _near(run, item)
    show_audience(run, item)


def _heading(run: Run, facts: ItemFacts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="item-heading"):
        with st.container(gap="xsmall"):
            st.subheader(md_escape(shortened(facts.title, MAX_HEADING)), anchor=False)
            if len(facts.title) > MAX_HEADING:
                st.html(f'<div class="whole-title">{html_escape(facts.title)}</div>')
            known = [*facts.facets, *([str(facts.year)] if facts.year is not None else [])]
            said = md("{known}. ", known=" · ".join(known)) if known else ""
            st.markdown(f"{said}{md_escape(facts.sentence)}", help=glossary.COUNT)
        st.page_link(
            "pages/Steering.py",
            label=f"Steer this {run.dataset.nouns.item}",
            icon=":material/tune:",
            query_params=parameters_of("pages/Steering.py", view="item", item=str(facts.item_id)),
            width="content",
        )


def _neurons(run: Run, item: int) -> None:
    nouns = run.dataset.nouns
    table = item_neurons(run, item)
    st.markdown(f"**Neurons that fire on this {nouns.item}**", help=glossary.SHARE_OF_RANGE)
    if table.empty:
        st.info(f"No neuron fires on this {nouns.item}.", icon=":material/info:")
        return
    columns = {
        "label": _column.TextColumn("Neuron", help=glossary.NAME),
        "value": _column.ProgressColumn(
            "Of its strongest", format="%.0f%%", min_value=0, max_value=100, width=110, help=glossary.SHARE_OF_RANGE
        ),
        "rank": _column.NumberColumn("Rank", format="%d", width=55, help=glossary.RANK_ON_NEURON),
        "activation": _column.NumberColumn("Activation", format="%.1f", width=80, help=glossary.ACTIVATION),
    }
    shown = table.head(MAX_NEURONS)
    named = shown.assign(label=[f"{k} · {label}" for k, label in zip(shown["neuron"], shown["label"], strict=True)])
    show_table(
        named,
        columns,
        "items:neurons",
        alt=f"Neurons that fire on this {nouns.item}",
        height=420,
        links=neuron_links(shown["neuron"]),
    )
    st.caption(_how_many(len(table), run.sae.n))


def _how_many(firing: int, n: int) -> str:
    most = f"; the {MAX_NEURONS} strongest" if firing > MAX_NEURONS else ", the strongest first"
    return f"{firing:,} of {n:,} neurons fire on it{most}."


def _score(run: Run, item: int, user: int) -> None:
    person = person_of(run, user)
    with st.container(horizontal=True, vertical_alignment="center", key="score-of"):
        st.markdown("**Why would it be recommended?**")
        pick_user(run, user, "items:user-choice", show_user)
        ids = {"user": str(person.user_id), "item": str(run.dataset.items["item_id"].iloc[item])}
        st.page_link(
            "pages/Users.py",
            label="User page",
            icon=":material/arrow_forward:",
            query_params=parameters_of("pages/Users.py", **ids),
            width="content",
        )
    score_parts(run, person, item)


def _near(run: Run, item: int) -> None:
    nouns = run.dataset.nouns
    left, right = st.columns(2, gap="medium")
    labels = run.index.neurons["label"]
    for place, table, title, about, key in (
        (left, nearest_items(run, item), "Nearest by embedding", glossary.NEAREST_ITEMS, "near"),
        (right, sharing_items(run, item), "Most nearly the same neurons", glossary.SAME_NEURONS, "sharing"),
    ):
        with place:
            st.markdown(f"**{title}**", help=about)
            if table.empty:
                st.caption(f"No other {nouns.item}.")
                continue
            table = table.assign(
                shared=[
                    ", ".join(f"{k} {shortened(labels[k], MAX_NAME)}" for k in shared) for shared in table["shared"]
                ]
            )
            columns = {
                "title": item_columns("title", nouns=nouns)["title"],
                "similarity": _column.NumberColumn("Cosine", format="%.2f", width=65, help=about),
                "shared": _column.TextColumn("Neurons of both", help=glossary.SHARED_NEURONS),
                **item_columns("year", nouns=nouns),
            }
            show_table(table, columns, f"items:{key}", alt=title, height=420, links=item_links(table, run))
