"""A person's list: sliders on the left, what they change on the right."""

from __future__ import annotations

import random
import shlex

import numpy as np
import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.choices import STEERING_MODES
from explorer.runs import Run
from explorer.steering import (
    Edit,
    ListEffect,
    SteeredLists,
    list_effect,
    main_neurons,
    move_text,
    reasons,
    steer,
)
from explorer.ui.address import asked_for, keep_address
from explorer.ui.downloads import csv_button
from explorer.ui.errors import fragment
from explorer.ui.frame import page_title
from explorer.ui.grid import choose_columns
from explorer.ui.ranked_list import ranked_list
from explorer.ui.run_picker import run_argument
from explorer.ui.tables import item_columns, show_table
from explorer.ui.widgets import md

N_SLIDERS = 6
MIN_SLIDER, MAX_SLIDER = -2.0, 3.0
OPTIONAL = ("genres", "year", "score")
KEY = "steering"


def choose_user(run: Run) -> int:
    """Row number of the chosen user, kept in step with `?user=` in the address."""
    state = st.session_state
    ids = run.dataset.users["user_id"].astype(str).tolist()
    asked = asked_for("user", lambda text: text if text in ids else None, key="user")
    if asked is not None:
        state["user"] = asked
    if state.get("user") not in ids:
        state["user"] = ids[0]
    with st.container(horizontal=True, vertical_alignment="bottom", key="steering-choices"):
        user = st.selectbox(
            "User", ids, key="user", persist_state="session", help="Type to search for an id.", width=200
        )
        st.button("Random", icon=":material/shuffle:", on_click=lambda: state.update(user=random.choice(ids)))
        row = run.dataset.user_row(user)
        history(run, row)
        st.segmented_control(
            "Mode",
            STEERING_MODES,
            default=STEERING_MODES[0],
            required=True,
            format_func=str.capitalize,
            key="mode",
            persist_state="session",
            help=glossary.EXACT,
        )
    keep_address("user", user, "user")
    page_title("Steering", f"user {user}")
    return row


def history(run: Run, user: int) -> None:
    nouns = run.dataset.nouns
    items = run.dataset.history(user)
    newest = ", newest first" if "timestamp" in run.dataset.interactions else ""
    with st.popover(f"History: {nouns.count_items(len(items))}", icon=":material/history:"):
        st.caption(f"Known interactions of this user{newest}.")
        columns = item_columns("title", "genres", "year", "popularity", nouns=nouns)
        show_table(items, columns, height=360, alt="The user's known interactions")


def own_list(run: Run, user: int) -> None:
    """What the user gets without any change. No slider touches it, so it stands outside of what runs again."""
    names = {"recommender": "Recommender's list", "reconstruction": "Rebuilt from neurons"}
    shown = st.segmented_control(
        "Compare with",
        list(names),
        format_func=names.get,
        default="recommender",
        required=True,
        key="compared",
        persist_state="session",
        label_visibility="collapsed",
        help="What the recommender itself recommends, or what it recommends for the user rebuilt from neurons.",
    )
    show_list(run, steer(run, user), shown)


@fragment
def playground(run: Run, user: int, main: pd.DataFrame) -> None:
    """Sliders, their effect, and the steered list; only this part runs again when a slider moves.

    `main`: the user's main neurons, which no slider changes, so they are computed once outside.
    """
    left, right = st.columns([8, 9], gap="medium")
    with left:
        edits = sliders(run, user, main)
    lists = steer(run, user, edits, st.session_state["mode"])
    with left:
        effect_of_change(run, list_effect(lists))
    with right:
        # As high as the choice above the other list, so that equal ranks stand side by side.
        with st.container(height=32, border=False, vertical_alignment="center"):
            st.markdown(f"**Steered list** · {len(edits)} {'change' if len(edits) == 1 else 'changes'}")
        show_list(run, lists, "steered")
    reproduce(run, lists, edits)


def sliders(run: Run, user: int, main: pd.DataFrame) -> list[Edit]:
    """A slider per main neuron of this user, and for those added by hand; the moved ones as edits."""
    now = dict(zip(main["neuron"], main["activation"], strict=True))
    labels = run.index.neurons["label"]
    shown = [int(neuron) for neuron in main["neuron"].head(N_SLIDERS)]
    shown += [neuron for neuron in st.session_state.get(added_key(run, user)) or [] if neuron not in shown]
    starts, edits = {}, []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Concepts of this user**", help=glossary.SLIDER, width="stretch")
        reset = st.empty()
    if not shown:
        st.info("No neuron fires for this user. Add one below.", icon=":material/info:")
    with st.container(key="sliders", gap="xxsmall"):
        for neuron in shown:
            start = float(now.get(neuron, 0.0)) / float(run.units[neuron])
            key = f"steer-{run.path}-{user}-{neuron}"
            starts[key] = start
            value = st.slider(
                md("{neuron} · {label}", neuron=neuron, label=labels[neuron]),
                MIN_SLIDER,
                MAX_SLIDER,
                start,
                0.05,
                key=key,
                persist_state="session",
                help=f"Without a change: {start:.2f}. {glossary.SLIDER.sentence}",
            )
            if abs(value - start) > 1e-6:
                edits.append(Edit(neuron, "set", round(value, 4)))
        add_neuron(run, user)
    reset.button(
        "Reset",
        icon=":material/restart_alt:",
        type="tertiary",
        on_click=lambda: st.session_state.update(starts),
        disabled=not edits,
    )
    return edits


def add_neuron(run: Run, user: int) -> None:
    labels = run.index.neurons["label"]
    st.multiselect(
        "Add a neuron",
        run.index.neurons["neuron"].tolist(),
        format_func=lambda neuron: f"{neuron} · {labels[neuron]}",
        key=added_key(run, user),
        persist_state="session",
        placeholder="number or name …",
        help="Any neuron of the run, also one that is off for this user.",
    )


def added_key(run: Run, user: int) -> str:
    return f"added-{run.path}-{user}"


def effect_of_change(run: Run, effect: ListEffect) -> None:
    """How far the list has moved, and the held-out favourites it still has."""
    items = run.dataset.nouns.items
    before = f" (before: {effect.held_out_before})" if effect.held_out_after != effect.held_out_before else ""
    st.markdown("**Effect of the change**")
    with st.container(horizontal=True, key="effect", gap="xsmall"):
        for label, value, explanation in (
            (
                f"{items.capitalize()} kept",
                f"{effect.kept} of {effect.length}",
                f"How many {items} of the recommender's own list are in the steered one.",
            ),
            (f"Agreement, RBO@{effect.length}", f"{effect.agreement:.2f}", glossary.RBO_OF_USER),
            (
                "Held-out favourites in the list",
                f"{effect.held_out_after} of {effect.held_out}{before}",
                glossary.HIT,
            ),
        ):
            st.markdown(md("{label}: **{value}**", label=label, value=value), help=explanation, width="content")


def show_list(run: Run, lists: SteeredLists, name: str) -> None:
    table = getattr(lists, name)
    held_out = run.dataset.held_out(lists.user)
    table = table.assign(held_out=np.where(table["row"].isin(held_out), "●", ""))
    if name == "recommender":
        table["why"] = reasons(run, lists.user, table["row"].to_numpy())
        names = ("rank", "held_out", "title", "why", *OPTIONAL)
    else:
        length = len(lists.recommender)
        pairs = zip(table["rank"], table["recommender_rank"], strict=True)
        table["move"] = [move_text(rank, before, length) for rank, before in pairs]
        names = ("rank", "held_out", "title", "move", *OPTIONAL)
    columns = item_columns(*names, exact=run.recommender.dot_product, nouns=run.dataset.nouns)
    ranked_list(table, choose_columns(columns, OPTIONAL, KEY, draw=False), f"The {name} list")


def reproduce(run: Run, lists: SteeredLists, edits: list[Edit]) -> None:
    """The same lists as a file and as a command."""
    with st.container(horizontal=True):
        csv_button(
            lists.steered.drop(columns="row"), f"steered-{lists.user_id}", explanation="The steered list as a table."
        )
        with st.expander("The same on the command line", icon=":material/terminal:"):
            st.code(command(run, lists, edits), language="bash", wrap_lines=True)


def command(run: Run, lists: SteeredLists, edits: list[Edit]) -> str:
    changes = [word for edit in edits for word in ("--set", f"{edit.neuron}={edit.value:g}")]
    mode = [] if lists.mode == "exact" else ["--mode", lists.mode]
    words = shlex.join([f"--user={lists.user_id}", *changes, *mode])
    return f"python -m explorer steer {run_argument(run)} {words}"


def show_list_view(run: Run) -> None:
    """Choose a person, move concepts, and see the list follow."""
    user = choose_user(run)
    with_sliders, without = st.columns([9, 6], gap="medium")
    with without:
        own_list(run, user)
    with with_sliders:
        playground(run, user, main_neurons(run, user))
    choose_columns(item_columns(*OPTIONAL, nouns=run.dataset.nouns), OPTIONAL, KEY)
