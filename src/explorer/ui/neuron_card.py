"""Everything about one neuron, as the page of neurons shows it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.figures import audience_figure, decades_figure, genre_colours, popularity_figure, purity_figure
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import PROFILE_DEPTH
from explorer.runs import Run
from explorer.steering import strongest_effects
from explorer.text import MISSING, number, percent
from explorer.ui.address import parameters_of
from explorer.ui.cache import theme
from explorer.ui.cards import flag_texts, neuron_sentence
from explorer.ui.downloads import csv_button
from explorer.ui.stability_panel import stability_of_neuron
from explorer.ui.tables import genre_columns, item_columns, show_table, user_columns
from explorer.ui.widgets import md

EFFECT_ITEMS = 10


def neuron_details(run: Run, neuron: int) -> None:
    """Name, sentence, numbers, and a tab for each question about a neuron."""
    row = run.index.neurons.iloc[neuron]
    said = row.get("facets")
    st.subheader(
        md("{neuron} · {label}", neuron=neuron, label=row["label"]),
        anchor=False,
        help=glossary.NAME if pd.isna(said) else md("It says {said}.", said=said) + f"\n\n{glossary.NAME}",
    )
    st.markdown(neuron_sentence(run, neuron))
    stability_of_neuron(run, neuron)
    if row["max_activation"] == 0:
        return
    _flags(run, row)
    _facts(run, row)
    tabs = tabs_of(run)
    for tab, show in zip(st.tabs(list(tabs), key="card_tab", on_change="rerun"), tabs.values(), strict=True):
        if tab.open:
            with tab:
                show(run, neuron)


def tabs_of(run: Run) -> dict[str, Callable[[Run, int], None]]:
    """What draws each tab; data that says no years has no eras."""
    profiles = "Popularity" if run.index.decades.empty else "Popularity and era"
    return {"Meaning": _meaning, profiles: _profiles, "Users": _users, "Effect": _effects}


def _flags(run: Run, row: pd.Series) -> None:
    """What its name does not tell."""
    flags = flag_texts(row, run.dataset.nouns)
    if flags:
        with st.container(horizontal=True, key="neuron-flags"):
            for text, explanation in flags.items():
                st.markdown(f":orange-badge[{text}]", help=explanation, width="content")


def _facts(run: Run, row: pd.Series) -> None:
    facts = [
        ("Name holds", percent(row.get("name_holds")), glossary.NAME_HOLDS),
        ("Of its activation", percent(row.get("name_mass")), glossary.NAME_MASS),
        ("Of the name", percent(row.get("name_recall")), glossary.NAME_RECALL),
        ("Popularity", number(row["popularity"], "{:.0f} of 100"), glossary.POPULARITY),
        ("Mean year", number(row["year"], "{:.0f}"), glossary.YEAR),
        (
            "MS score",
            number(row["ms_items"], "{:.2f}"),
            f"{glossary.MS}\n\nMean over all pairs of items: {number(row['ms_items_base_rate'], '{:.2f}')}.",
        ),
        ("Max. activation", number(row["max_activation"], "{:.1f}"), glossary.ACTIVATION),
    ]
    if len(run.sae.levels) > 1:
        level = run.sae.level_of(int(row["neuron"]))
        facts.insert(0, ("Level", f"{level} of {len(run.sae.levels)}", glossary.LEVEL))
    with st.container(horizontal=True, key="neuron-facts"):
        for label, value, explanation in facts:
            if value == MISSING:  # the data does not say, such as years of artists
                continue
            st.metric(label, value, help=explanation, width="content")


# --- what it stands for


def _meaning(run: Run, neuron: int) -> None:
    _items(run, neuron)
    _genres(run, neuron)


def _items(run: Run, neuron: int) -> None:
    top = run.top_items(neuron)
    support, items = run.config.neurons.min_support, run.dataset.nouns.items
    if top.empty:
        st.info(
            f"It fires on none of the {items} with at least {support} interactions; only these are ranked.",
            icon=":material/info:",
        )
        return
    which = st.segmented_control(
        items.capitalize(),
        ["Strongest", "Spread", "Random"],
        default="Strongest",
        required=True,
        key="which_items",
        persist_state="session",
        label_visibility="collapsed",
        help=f"Spread: {items} at several points of its range, to see what weaker activations mean.",
    )
    if which == "Strongest":
        table, columns = top, ("rank", "title", "activation", "genres", "year", "popularity")
        below = f"The {len(top)} strongest of the {items} with at least {support} interactions."
    else:
        table = _examples(run, neuron, which)
        columns = ("share", "title", "activation", "genres", "year", "popularity")
        below = f"Ranked {items} on which it fires."
    largest = top["activation"].max()
    show_table(
        table,
        item_columns(*columns, largest=largest, nouns=run.dataset.nouns),
        height=340,
        alt=f"{which} {items} of the neuron",
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(below, width="content")
        csv_button(table.drop(columns="row"), f"neuron-{neuron}-items")


def _examples(run: Run, neuron: int, which: str) -> pd.DataFrame:
    """Items at quantiles of the neuron's activations, or random ones."""
    rows = run.index.examples
    kind = "quantile" if which == "Spread" else "random"
    rows = rows[(rows["neuron"] == neuron) & (rows["kind"] == kind)]
    rows = rows.assign(share=[f"{percent(q)} below" if pd.notna(q) else None for q in rows["quantile"]])
    return run.dataset.with_items(rows.drop(columns=["kind", "quantile"]))


def _genres(run: Run, neuron: int) -> None:
    facet, facets = run.dataset.nouns.facet, run.dataset.nouns.facets
    if not run.dataset.genres:
        st.info(f"This data set has no {facets}, so there is no purity.", icon=":material/info:")
        return
    k = st.segmented_control(
        f"{facet.capitalize()} purity of the strongest",
        PURITY_DEPTHS,
        default=PURITY_DEPTHS[0],
        required=True,
        key="depth",
        persist_state="session",
        help=f"{glossary.PURITY}\n\nThe mark: {glossary.BASE_RATE}",
    )
    purity = run.index.purity_of(neuron, k)
    if purity.empty:
        st.info(
            f"It fires on fewer than {k} ranked {run.dataset.nouns.items}, so there is no purity@{k}.",
            icon=":material/info:",
        )
        return
    st.plotly_chart(
        purity_figure(purity, k, theme(), genre_colours(run.dataset, theme()), run.dataset.nouns.items),
        key=f"purity-{neuron}-{k}",
        config={"displayModeBar": False},
        alt=f"Bar chart: share of each {facet} among the {k} strongest {run.dataset.nouns.items}",
    )
    table = purity.merge(run.index.association_of(neuron)[["genre", "auc", "ap"]], on="genre", how="left")
    with st.expander(f"How certain is that? Every {facet} in numbers", icon=":material/rule:"):
        table["interval"] = [
            f"{percent(low)} – {percent(high)}" for low, high in zip(table["low"], table["high"], strict=True)
        ]
        show_table(
            table,
            genre_columns(run.dataset.nouns),
            height=300,
            alt=f"Purity, interval, lift, p, AUC and AP per {facet}",
        )
        csv_button(table.drop(columns="interval"), f"neuron-{neuron}-genres")


# --- popularity and era, users, effect


def _profiles(run: Run, neuron: int) -> None:
    row, items = run.index.neurons.iloc[neuron], run.dataset.nouns.items
    _profile(
        run.index.popularity_profile,
        neuron,
        f"Popularity of its {PROFILE_DEPTH} strongest {items}, in tenths of the catalogue",
        f"Rank correlation of activation and popularity: {number(row['popularity_spearman'], '{:+.2f}')}",
        popularity_figure,
        items,
    )
    if run.index.decades.empty:
        return
    _profile(
        run.index.decades,
        neuron,
        f"Release decades of its {PROFILE_DEPTH} strongest {items}",
        f"Rank correlation of activation and release year: {number(row['year_spearman'], '{:+.2f}')}",
        decades_figure,
        items,
    )


def _profile(table: pd.DataFrame, neuron: int, title: str, below: str, figure, items: str) -> None:
    rows = table[table["neuron"] == neuron]
    st.markdown(f"**{title}**")
    if rows.empty:
        st.info(
            f"Nothing to show: it fires on fewer than {PROFILE_DEPTH} ranked {items}, or the data does not say.",
            icon=":material/info:",
        )
        return
    st.plotly_chart(
        figure(rows, PROFILE_DEPTH, theme(), items),
        key=f"{figure.__name__}-{neuron}",
        config={"displayModeBar": False},
        alt=f"Column chart: {title}",
    )
    st.caption(below)


def _users(run: Run, neuron: int) -> None:
    top = run.index.top_users
    top = top[top["neuron"] == neuron]
    if top.empty:
        st.info("It fires for no user.", icon=":material/info:")
        return
    users = run.dataset.users["user_id"].iloc[top["row"]].astype(str).tolist()
    show_table(
        top.assign(user=users), user_columns(top["activation"].max()), height=250, alt="The neuron's strongest users"
    )
    st.page_link(
        "pages/Steering.py",
        label=md("Steer user {user}", user=users[0]),
        icon=":material/tune:",
        query_params=parameters_of("pages/Steering.py", user=users[0]),
    )
    genres = run.index.user_genres
    genres = genres[genres["neuron"] == neuron]
    if not genres.empty:
        facet, facets = run.dataset.nouns.facet, run.dataset.nouns.facets
        st.markdown(f"**History of its {PROFILE_DEPTH} strongest users**: {facets} above the average first")
        st.plotly_chart(
            audience_figure(genres, PROFILE_DEPTH, theme(), genre_colours(run.dataset, theme())),
            key=f"audience-{neuron}",
            config={"displayModeBar": False},
            alt=f"Bar chart: share of each {facet} in the histories of the neuron's strongest users",
        )


def _effects(run: Run, neuron: int) -> None:
    raised, lowered = strongest_effects(run, neuron, EFFECT_ITEMS)
    exact = run.recommender.dot_product
    names = ("title", "effect", "genres", "year") if exact else ("title", "half", "effect", "genres", "year")
    columns = item_columns(*names, exact=exact, nouns=run.dataset.nouns)
    explanation = glossary.EFFECT if exact else glossary.EFFECT_ON_USERS
    signs = (("Raises most", raised[raised["effect"] > 0]), ("Lowers most", lowered[lowered["effect"] < 0]))
    for title, rows in signs:
        st.markdown(f"**{title}**", help=explanation)
        if rows.empty:
            st.caption("None.")
            continue
        show_table(rows, columns, alt=f"{run.dataset.nouns.items.capitalize()} whose score the neuron {title.lower()}")
