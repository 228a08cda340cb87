"""One user: the history, which neurons fire, what is recommended and why, and who is similar."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.browse.users import recommended, similar_users, user_neurons
from explorer.figures import genre_colours
from explorer.figures.beside_average import beside_average_html
from explorer.people import Profile, profile
from explorer.runs import Run
from explorer.steering import Person
from explorer.text import md_escape
from explorer.ui.address import parameters_of
from explorer.ui.cache import theme
from explorer.ui.frame import page_title
from explorer.ui.grid import grid, ordered
from explorer.ui.links import item_links, neuron_links, user_links
from explorer.ui.score_parts import score_parts
from explorer.ui.steering.chosen_person import likes_of, person_name
from explorer.ui.steering.people import choose_person
from explorer.ui.tables import item_columns, show_table
from explorer.ui.users.state import chosen_item, keep_item, show_item
from explorer.ui.widgets import md

LIST, N_FACETS, MAX_NEURONS = "users:list", 8, 100
_column = st.column_config


def show(run: Run) -> None:
    """The page, of an open run."""
    person = choose_person(run, with_profile=False)
    page_title(person_name(person).capitalize())
    found = profile(run, person)
    _heading(run, person, found)
    listed = recommended(run, person)
    item = chosen_item(run, listed)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        _recommended(run, listed, item)
    with right:
        if item is not None:
            st.markdown(md("**Why {title}?**", title=run.dataset.items["title"].iloc[item]), help=glossary.REASON)
            score_parts(run, person, item)
    keep_item(run)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        _neurons(run, person)
    with right:
        _history(run, person, found)
    _similar(run, person)


def _heading(run: Run, person: Person, found: Profile) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="user-heading"):
        with st.container(gap="xsmall"):
            st.subheader(md_escape(person_name(person).capitalize()), anchor=False)
            st.markdown(md_escape(found.sentence))
        new = person.user is None
        who = {"likes": ",".join(quote(like, safe="") for like in likes_of(run)), "user": ""} if new else {}
        who = who or {"user": str(person.user_id), "likes": ""}
        st.page_link(
            "pages/Steering.py",
            label=md("Steer {who}", who=person_name(person)),
            icon=":material/tune:",
            query_params={
                name: value for name, value in parameters_of("pages/Steering.py", view="", **who).items() if value
            },
            width="content",
        )


def _recommended(run: Run, listed: pd.DataFrame, item: int | None) -> None:
    nouns = run.dataset.nouns
    st.markdown("**Recommended**, click a row to see what its score is made of", help=glossary.HIT)
    if listed.empty:
        st.info(f"There is no {nouns.item} left to recommend.", icon=":material/info:")
        return
    columns = {
        "rank": _column.NumberColumn("#", format="%d", width=38),
        **item_columns("title", nouns=nouns),
        "hit": _column.TextColumn("Hit", width=45, help=glossary.HIT),
        "why": _column.TextColumn("Main reason", help=_reason(run)),
        **item_columns("score", "year", "genres", nouns=nouns),
    }
    table = listed.assign(hit=["●" if one else "" for one in listed["held_out"]])
    if not listed["held_out"].any():
        table = table.drop(columns="hit")
    table = ordered(table, LIST)
    grid(
        table,
        columns,
        key=LIST,
        ids="row",
        chosen=[item] if item in set(listed["row"]) else [],
        on_choose=lambda rows: show_item(run, int(rows[0])),
        label=f"Recommended {nouns.items} with the main reason of each",
        height=520,
        links={**item_links(table, run), **neuron_links(table["neuron"], "why")},
    )


def _reason(run: Run) -> str:
    return glossary.REASON if run.recommender.dot_product else glossary.REASON_BY_ABLATION


def _neurons(run: Run, person: Person) -> None:
    table = user_neurons(run, person)
    st.markdown("**Neurons that fire**", help=glossary.SLIDER)
    if table.empty:
        st.info("No neuron fires for this person.", icon=":material/info:")
        return
    columns = {
        "label": _column.TextColumn("Neuron", help=glossary.NAME),
        "value": _column.ProgressColumn(
            "Of the strongest", format="%.0f%%", min_value=0, max_value=100, width=110, help=glossary.SHARE_OF_RANGE
        ),
        "stronger_than": _column.NumberColumn("Stronger than", format="%.0f%%", width=100, help=glossary.STRONGER_THAN),
        "density": _column.NumberColumn("Fires for", format="%.0f%%", width=70, help=glossary.DENSITY),
        "activation": _column.NumberColumn("Activation", format="%.2f", width=80, help=glossary.ACTIVATION),
    }
    shown = table.head(MAX_NEURONS)
    named = shown.assign(label=[f"{k} · {label}" for k, label in zip(shown["neuron"], shown["label"], strict=True)])
    show_table(
        named, columns, "users:neurons", alt="Neurons that fire", height=420, links=neuron_links(shown["neuron"])
    )


def _history(run: Run, person: Person, found: Profile) -> None:
    nouns, new = run.dataset.nouns, person.user is None
    items = run.dataset.items.iloc[person.seen] if new else run.dataset.history(person.user)
    newest = ", newest first" if not new and "timestamp" in run.dataset.interactions else ""
    st.markdown(
        "**What this person likes**" if new else f"**History** of {nouns.count_items(len(items))}{newest}",
        help=glossary.HISTORY_SHARE,
    )
    facets = found.facets[found.facets["share"] > 0].head(N_FACETS)
    if len(facets):
        label = f"{nouns.facets.capitalize()} of the history, beside the average user's"
        st.html(beside_average_html(facets, label, theme(), genre_colours(run.dataset, theme())))
    if len(items):
        columns = item_columns("title", "genres", "year", "popularity", nouns=nouns)
        links = item_links(items, run, **({} if new else {"user": str(person.user_id)}))
        show_table(items, columns, "users:history", alt="History", height=260, links=links)


def _similar(run: Run, person: Person) -> None:
    table = similar_users(run, person)
    st.markdown("**Similar users**", help=glossary.SIMILAR_USERS)
    if table.empty:
        st.caption("There is no other user.")
        return
    table = table.assign(user=table["user_id"].astype(str))
    nouns = run.dataset.nouns
    columns = {
        "user": _column.TextColumn("User"),
        "similarity": _column.NumberColumn("Cosine", format="%.2f", width=75, help=glossary.SIMILAR_USERS),
        "items": _column.NumberColumn("History", format="localized", width=85, help=glossary.HISTORY_LENGTH),
        "shared": _column.NumberColumn(
            "In common", format="localized", width=95, help=f"{nouns.items.capitalize()} that both have had."
        ),
    }
    show_table(
        table, columns, "users:similar", alt="Similar users", height=420, width=480, links=user_links(table["user"])
    )
