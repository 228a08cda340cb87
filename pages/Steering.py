"""Turn a user's concepts up and down and watch the recommendations change."""

import random

import numpy as np
import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.fidelity import overlap, rbo
from explorer.runs import Run
from explorer.steering import LIST_LENGTH, MODES, Edit, SteeredLists, is_exact, main_neurons, reasons, steer
from explorer.text import md_escape
from explorer.ui.downloads import csv_button
from explorer.ui.errors import fragment
from explorer.ui.frame import ensure_shell
from explorer.ui.run_picker import current_run, run_argument
from explorer.ui.tables import item_columns, show_table

SLIDERS = 6
MIN_SLIDER, MAX_SLIDER = -2.0, 3.0


def introduction() -> None:
    st.title("Steering")
    st.caption(
        "What would this user get if one of the concepts mattered more, or not at all? Move a slider: the list follows "
        "when you let go, and the base recommender is never changed."
    )


def choose_user(run: Run) -> int:
    """Row number of the chosen user, kept in step with `?user=` in the URL."""
    state = st.session_state
    ids = run.dataset.users["user_id"].astype(str).tolist()
    raw = st.query_params.get("user")
    if raw is not None and raw != state.get("_user_url") and raw in ids:
        state["user"] = raw
    if state.get("user") not in ids:
        state["user"] = ids[0]
    left, chance, mode, _ = st.columns([2, 1, 2, 3], vertical_alignment="bottom")
    user = left.selectbox("User", ids, key="user", persist_state="session", help="Type to search for an id.")
    chance.button(
        "Random",
        icon=":material/shuffle:",
        on_click=lambda: state.update(user=random.choice(ids)),
        width="stretch",
    )
    mode.segmented_control(
        "Mode",
        MODES,
        default=MODES[0],
        required=True,
        format_func=str.capitalize,
        key="mode",
        persist_state="session",
        help=glossary.EXACT,
    )
    state["_user_url"] = st.query_params["user"] = user
    return run.dataset.user_row(user)


def history(run: Run, user: int) -> None:
    items = run.dataset.history(user)
    newest = ", newest first" if "timestamp" in run.dataset.interactions else ""
    with st.expander(f"What this user has had: {len(items):,} items{newest}", icon=":material/history:"):
        show_table(items, item_columns("title", "genres", "year", "popularity"), height=300, alt="The user's history")


def own_list(run: Run, user: int) -> None:
    """What the user gets without any change. No slider touches it, so it stands outside of what runs again."""
    names = {"recommender": "Recommender's list", "reconstruction": "Neurons alone"}
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
    show_list(run, user, getattr(steer(run, user), shown), shown)


@fragment
def playground(run: Run, user: int, matter: pd.DataFrame) -> None:
    """Sliders, what they cost, and the steered list; only this part runs again when a slider moves.

    `matter`: the user's neurons, which no slider changes, so they are worked out once outside.
    """
    left, right = st.columns([4, 5], gap="medium")
    with left:
        edits = sliders(run, user, matter)
    lists = steer(run, user, edits, st.session_state["mode"])
    with left:
        cost(run, lists, edits)
    with right:
        # As high as the choice above the other list, so that equal ranks stand side by side.
        with st.container(height=32, border=False, vertical_alignment="center"):
            st.markdown(f"**Steered list** · {len(edits)} {'change' if len(edits) == 1 else 'changes'}")
        show_list(run, user, lists.steered, "steered")
    reproduce(run, lists, edits)


def sliders(run: Run, user: int, matter: pd.DataFrame) -> list[Edit]:
    """A slider per neuron that matters for this user's list, and for those added by hand; the moved ones as edits."""
    now = dict(zip(matter["neuron"], matter["activation"], strict=True))
    labels = run.index.neurons["label"]
    st.markdown("**Concepts of this user**", help=glossary.SLIDER)
    added = st.multiselect(
        "Add a neuron",
        run.index.neurons["neuron"].tolist(),
        format_func=lambda neuron: f"{neuron} · {labels[neuron]}",
        key=f"added-{run.path}-{user}",
        persist_state="session",
        placeholder="number or name …",
        help="Any neuron of the run, also one that is off for this user.",
    )
    shown = [int(neuron) for neuron in matter["neuron"].head(SLIDERS)]
    shown += [neuron for neuron in added if neuron not in shown]
    if not shown:
        st.info("No neuron fires for this user. Add one above.", icon=":material/info:")
    edits = []
    starts = {}
    for neuron in shown:
        start = float(now.get(neuron, 0.0)) / float(run.units[neuron])
        key = slider_key(run, user, neuron)
        starts[key] = start
        value = st.slider(
            f"{neuron} · {md_escape(labels[neuron])}",
            MIN_SLIDER,
            MAX_SLIDER,
            start,
            0.05,
            key=key,
            persist_state="session",
            help=f"Now at {start:.2f}. {glossary.SLIDER}",
        )
        if abs(value - start) > 1e-6:
            edits.append(Edit(neuron, "set", round(value, 4)))
    st.button(
        "Reset all",
        icon=":material/restart_alt:",
        on_click=lambda: st.session_state.update(starts),
        disabled=not edits,
        width="stretch",
    )
    return edits


def slider_key(run: Run, user: int, neuron: int) -> str:
    return f"steer-{run.path}-{user}-{neuron}"


def cost(run: Run, lists: SteeredLists, edits: list[Edit]) -> None:
    """What the change costs: how far the list has moved, and the hidden choices it still has."""
    own, steered = (padded(table["row"]) for table in (lists.recommender, lists.steered))
    hidden = hidden_choices(run, lists.user)
    before, after = (int(table["row"].isin(hidden).sum()) for table in (lists.recommender, lists.steered))
    st.markdown("**What the change costs**")
    change = f" ({after - before:+d})" if after != before else ""
    for label, value, explanation in (
        (
            "Items kept",
            f"{overlap(own, steered)[0] * LIST_LENGTH:.0f} of {LIST_LENGTH}",
            f"Items of the recommender's own list that are still among the {LIST_LENGTH}.",
        ),
        ("Agreement, RBO@20", f"{rbo(own, steered)[0]:.2f}", glossary.RBO_OF_USER),
        (
            "Hidden choices hit",
            f"{after} of {len(hidden)}{change}",
            "How many of the user's choices that were hidden from training the list has (marked ●): its accuracy.",
        ),
    ):
        st.markdown(f"{label}: **{value}**", help=explanation)


def padded(rows: pd.Series) -> np.ndarray:
    """A list as the agreement measures want it, `[1, LIST_LENGTH]`."""
    return np.pad(rows.to_numpy(), (0, LIST_LENGTH - len(rows)), constant_values=-1)[None]


def hidden_choices(run: Run, user: int) -> np.ndarray:
    test = run.dataset.test
    return test.indices[test.indptr[user] : test.indptr[user + 1]]


def show_list(run: Run, user: int, table: pd.DataFrame, name: str) -> None:
    hidden = hidden_choices(run, user)
    table = table.assign(hidden=np.where(table["row"].isin(hidden), "●", ""))
    if name == "recommender":
        table["why"] = reasons(run, user, table["row"].to_numpy())
        wanted = ("rank", "hidden", "title", "why", "genres", "year", "score")
    else:
        table["move"] = [move(rank, was) for rank, was in zip(table["rank"], table["recommender_rank"], strict=True)]
        wanted = ("rank", "hidden", "move", "title", "genres", "year", "score")
    show_table(table, item_columns(*wanted, exact=is_exact(run)), height=742, alt=f"The {name} list")


def move(rank: int, was: int) -> str:
    return f"{'=' if rank == was else '▲' if rank < was else '▼'} {was}"


def reproduce(run: Run, lists: SteeredLists, edits: list[Edit]) -> None:
    """The same lists as a file and as a command."""
    left, right = st.columns([1, 5], vertical_alignment="center")
    with left:
        csv_button(
            lists.steered.drop(columns="row"), f"steered-{lists.user_id}", explanation="The steered list as a table."
        )
    with right.expander("The same on the command line", icon=":material/terminal:"):
        changes = "".join(f" --set {edit.neuron}={edit.value:g}" for edit in edits)
        mode = "" if lists.mode == "exact" else f" --mode {lists.mode}"
        st.code(
            f"python -m explorer steer {run_argument(run)} --user {lists.user_id}{changes}{mode}",
            language="bash",
            wrap_lines=True,
        )


ensure_shell()
introduction()
run = current_run()
user = choose_user(run)
history(run, user)
before, after = st.columns([5, 9], gap="medium")
with before:
    own_list(run, user)
with after:
    playground(run, user, main_neurons(run, user))
