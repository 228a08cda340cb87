"""Promote or demote an item by its neurons, and see whom it reaches."""

from __future__ import annotations

import shlex

import numpy as np
import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.experiments.cohort import EVERYBODY
from explorer.experiments.items import (
    Exposure,
    Promotion,
    item_sweep,
    little_shown_item,
    promote,
    reach_by_audience,
    reach_sentence,
)
from explorer.figures.steering import rank_figure, reach_figure, sweep_figure
from explorer.runs import Run
from explorer.text import MISSING, md_escape, number, percent
from explorer.ui.cache import open_cohort, open_exposure, theme
from explorer.ui.cards import metric_row
from explorer.ui.downloads import csv_button
from explorer.ui.frame import page_title
from explorer.ui.run_picker import run_argument
from explorer.ui.steering import state
from explorer.ui.steering.item_choice import (
    audience_names,
    choose_audience,
    choose_item,
    fan_rules,
    item_sliders,
)
from explorer.ui.steering.item_details import item_details
from explorer.ui.steering.item_setting import (
    ItemSetting,
    change_item,
    item_setting,
    keep_item_setting,
    open_item_setting,
)

_AUDIENCES = 8
_CHART = {"displayModeBar": False}


def show_item_view(run: Run) -> None:
    """The part of the Steering page about one item."""
    open_item_setting(run)
    exposure = open_exposure(run, state.setting(run).top)
    if item_setting(run).item is None:
        change_item(run, item=little_shown_item(exposure))
    now = item_setting(run)
    page_title("Steering", run.dataset.items["title"].iloc[now.item])
    with st.container(horizontal=True, vertical_alignment="bottom", key="item-choices"):
        choose_item(run, now.item)
        choose_audience(run)
    keep_item_setting(run, now.item)
    cohort = open_cohort(run, now.audience)
    audience = None if now.audience == EVERYBODY else cohort.users
    found = promote(exposure, now.item, now.edits, audience)
    _counted(run, exposure, found)
    _numbers(run, found)
    left, right = st.columns([8, 11], gap="medium")
    with left:
        item_sliders(run, exposure, now.item, audience)
    with right:
        _charts(run, exposure, found, now, audience)
    if len(found.positions):
        left, right = st.columns([8, 11], gap="medium")
        with left:
            _doses(run, exposure, found, now, audience)
        with right:
            item_details(run, found)
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(item_command(run, exposure, now), language="bash", wrap_lines=True)


def _counted(run: Run, exposure: Exposure, found: Promotion) -> None:
    """One sentence on what happened, and who is counted."""
    st.markdown(f"**{md_escape(reach_sentence(found))}**")
    parts = [f"{found.seen:,} have seen it already and are not counted."] if found.seen else []
    if len(exposure.users) < run.dataset.n_users:
        parts.append(f"{len(exposure.users):,} users drawn at random stand for all {run.dataset.n_users:,}.")
    if parts:
        st.caption(" ".join(parts))


def _numbers(run: Run, found: Promotion) -> None:
    n, (before, after) = len(found.positions), found.reached
    own, displaced = found.popularity
    lost, gained = found.favourites
    moved = bool(found.changes)
    metric_row(
        [
            (
                "Reach",
                _from_to([percent(share) for share in found.share], moved),
                f"{_from_to([f'{before:,}', f'{after:,}'], moved)} of {n:,} users",
                glossary.REACH,
            ),
            (
                "Median rank",
                _from_to([number(rank, "{:,.0f}") for rank in found.median_rank], moved),
                f"the first {found.exposure.top} are the list",
                glossary.REACH_RANK,
            ),
            (
                "Gain it, lose it",
                f"{int(found.gained.sum()):,}, {int(found.lost.sum()):,}" if moved else MISSING,
                "users, by the change",
                "Users who have it in their list only after the change, and those who had it only before.",
            ),
            (
                "Popularity",
                f"{own:,.0f}",
                f"of what gives way: {number(displaced, '{:,.0f}')}",
                f"{glossary.COUNT} Below: the mean of what falls out of lists for it.",
            ),
            (
                "Favourites lost, gained",
                f"{lost:,}, {gained:,}" if found.gained.any() else MISSING,
                "held-out positives in those lists",
                glossary.HIT,
            ),
        ]
    )


def _from_to(values: list[str], moved: bool) -> str:
    return " → ".join(values) if moved else values[0]


# --- charts


def _charts(run: Run, exposure: Exposure, found: Promotion, now: ItemSetting, audience: np.ndarray | None) -> None:
    shade, nouns = theme(), run.dataset.nouns
    if not len(found.positions):
        return
    st.markdown(f"**Rank of this {nouns.item} among all that each user could get**")
    st.plotly_chart(
        rank_figure(found.before, found.after, exposure.top, shade, bool(found.changes)),
        key="item-ranks",
        config=_CHART,
        alt=f"Columns: share of users by the rank of the {nouns.item}. {reach_sentence(found)}",
    )
    groups: dict[str, np.ndarray | None] = {"Everybody": None}
    if audience is not None:
        groups[audience_names(run).get(now.audience, now.audience)] = audience
    fans = fan_rules(run, _AUDIENCES, found.item)
    groups |= {f"Fans of {genre}": open_cohort(run, rule).users for genre, rule in fans.items()}
    table = reach_by_audience(exposure, found.item, now.edits, groups)
    st.markdown("**Reach by audience**", help=f"{glossary.REACH}\n\n{glossary.FANS.title}: {glossary.FANS.sentence}")
    st.plotly_chart(
        reach_figure(table, shade, bool(found.changes)),
        key="item-audiences",
        config=_CHART,
        alt=f"Reach by audience. {_reach_in_words(table)}",
    )


def _reach_in_words(table: pd.DataFrame) -> str:
    return "; ".join(f"{row.audience} {percent(row.before)} → {percent(row.after)}" for row in table.itertuples())


def _doses(run: Run, exposure: Exposure, found: Promotion, now: ItemSetting, audience: np.ndarray | None) -> None:
    """What one neuron reaches at several values, beside the other changes."""
    own, labels = exposure.values(found.item), run.index.neurons["label"]
    known = [k for k, _ in now.changed] or [int(own.argmax())]
    options = [*known, *(int(k) for k in np.argsort(-own, kind="stable") if own[k] > 0 and k not in known)]
    neuron = st.selectbox(
        "Reach at each value of a neuron",
        options,
        format_func=lambda k: f"{k} · {labels[k]}",
        key=f"item:dose:{run.path}:{found.item}",
    )
    names = {"everybody": None} if audience is None else {"audience": audience, "everybody": None}
    tables = {name: item_sweep(exposure, found.item, neuron, now.edits, users) for name, users in names.items()}
    first = next(iter(tables.values()))
    st.plotly_chart(
        sweep_figure(tables, float(own[neuron]), dict(now.changed).get(neuron, float(own[neuron])), theme()),
        key="item-doses",
        config=_CHART,
        alt="Reach at each value of the neuron: "
        + ", ".join(f"{row.dose:g} {percent(row.share)}" for row in first.itertuples()),
    )
    csv_button(pd.concat(tables, names=["audience"]).reset_index(0), "doses")


def item_command(run: Run, exposure: Exposure, now: ItemSetting) -> str:
    """The same on the command line."""
    words = ["--item", str(run.dataset.items["item_id"].iloc[now.item])]
    for neuron, value in now.changed:
        words += ["--set", f"{neuron}={value:g}"]
    if now.audience != EVERYBODY:
        words += ["--users", now.audience]
    if exposure.top != state.Setting().top:
        words += ["--top", str(exposure.top)]
    return f"python -m explorer promote {run_argument(run)} {shlex.join(words)}"
