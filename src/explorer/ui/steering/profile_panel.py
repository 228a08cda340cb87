"""Who somebody is, behind one button: a sentence, numbers and charts beside the average user, and the history."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.figures import genre_colours
from explorer.figures.people import beside_average_figure
from explorer.people import Profile, profile
from explorer.runs import Run
from explorer.steering import Person
from explorer.text import md_escape, number, percent
from explorer.ui.cache import theme
from explorer.ui.errors import fragment
from explorer.ui.links import item_links
from explorer.ui.tables import item_columns, show_table
from explorer.ui.widgets import md

N_FACETS = 8
_OPEN = "people:profile"


@fragment
def profile_panel(run: Run, person: Person) -> None:
    """The button; what is behind it is computed when it is opened."""
    label = f"Profile · {run.dataset.nouns.count_items(len(person.seen))}"
    with st.popover(label, icon=":material/account_circle:", key=_OPEN, on_change="rerun") as opened:
        if opened.open:
            _panel(run, person, profile(run, person))


def _panel(run: Run, person: Person, found: Profile) -> None:
    with st.container(width=720, gap="small", key="profile"):
        st.markdown(md_escape(found.sentence))
        _numbers(run, person, found)
        left, right = st.columns(2)
        nouns = run.dataset.nouns
        with left:
            facets = found.facets.head(N_FACETS)
            facets = facets[(facets["share"] > 0) | (facets["average"] > 0)]
            _chart(f"{nouns.facets.capitalize()} of the history", facets, "share of the history", "facets", run)
        with right:
            shown = found.decades[(found.decades["share"] > 0) | (found.decades["average"] > 0.01)]
            _chart("Release years", shown, "share of the history", "decades")
        concepts = found.concepts.assign(
            name=[f"{k} · {label}" for k, label in zip(found.concepts["neuron"], found.concepts["label"], strict=True)],
            share=found.concepts["value"],
        )
        _chart("Strongest concepts", concepts, "0 is off, 1 the strongest user", "concepts", form=".2f")
        _history(run, person)


def _numbers(run: Run, person: Person, found: Profile) -> None:
    """Each beside the average user's."""
    nouns, new = run.dataset.nouns, person.user is None
    beside = "chosen for this person" if new else f"more than {percent(found.longer_than)} of users"
    facts = [
        (nouns.items.capitalize(), f"{found.items:,}", beside, glossary.HISTORY_LENGTH),
        (
            "Mean popularity",
            percent(found.popularity),
            f"average user {percent(found.average_popularity)}",
            glossary.HISTORY_POPULARITY,
        ),
        (
            "Mean year",
            number(found.year, "{:.0f}"),
            f"average user {number(found.average_year, '{:.0f}')}",
            glossary.HISTORY_YEAR,
        ),
    ]
    with st.container(horizontal=True, gap="medium"):
        for label, value, beside, explanation in facts:
            st.markdown(
                md("{label}: **{value}**  \n", label=label, value=value) + f":small[{md_escape(beside)}]",
                help=explanation,
                width="content",
            )


def _chart(title: str, table: pd.DataFrame, what: str, key: str, run: Run | None = None, form: str = ".0%") -> None:
    if table.empty:
        return
    st.markdown(f"**{title}**", help=glossary.SLIDER if key == "concepts" else glossary.HISTORY_SHARE)
    figure = beside_average_figure(
        table["name"].tolist(),
        table["share"].tolist(),
        table["average"].tolist(),
        what,
        form,
        theme(),
        None if run is None else genre_colours(run.dataset, theme()),
    )
    st.plotly_chart(
        figure,
        key=f"profile:{key}",
        config={"displayModeBar": False},
        alt=f"Bar chart: {title.lower()} of this person, and of the average user",
    )


def _history(run: Run, person: Person) -> None:
    nouns, new = run.dataset.nouns, person.user is None
    items = run.dataset.items.iloc[person.seen] if new else run.dataset.history(person.user)
    newest = ", newest first" if not new and "timestamp" in run.dataset.interactions else ""
    st.markdown("**What this person likes**" if new else f"**History**{newest}")
    columns = item_columns("title", "genres", "year", "popularity", nouns=nouns)
    alt = "What this person likes" if new else "The user's known interactions"
    links = item_links(items, run, **({} if new else {"user": str(person.user_id)}))
    show_table(items, columns, height=300, alt=alt, links=links)
