"""The form of an experiment: nothing is done until Run is pressed."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import glossary
from explorer.errors import UserError
from explorer.experiments.cohort import EVERYBODY
from explorer.runs import Run
from explorer.steering.grouping import concepts_of
from explorer.ui.errors import run_callback, show_callback_error
from explorer.ui.item_search import MAX_OPTIONS, catalogue_of, offered_items
from explorer.ui.steering.experiment_setting import (
    KINDS,
    MAX_SAMPLE,
    ExperimentSetting,
    change_experiment,
    experiment_setting,
    read_doses,
)
from explorer.ui.steering.experiment_work import work_key, works
from explorer.ui.steering.item_choice import audience_names


def experiment_form(run: Run) -> None:
    """Which experiment, on whom, with what."""
    now = experiment_setting(run)
    show_callback_error()
    kind = _choose_kind(run, now)
    # Another key for other starting values: a form keeps what was typed.
    keys = f"experiment:{run.path}:{hash(now)}"
    with st.form(f"experiment-form-{kind}", border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _choose_target(run, now, keys)
            _choose_users(run, now, keys)
            st.number_input(
                "Users, at most",
                2,
                MAX_SAMPLE,
                now.sample,
                key=f"{keys}:sample",
                help="So many of them are drawn at random.",
                width=120,
            )
            _choose_counted(run, now, keys)
            _choose_doses(now, kind, keys)
            if kind == "expose":
                _choose_promoted(run, now, keys)
            if kind == "rounds":
                st.toggle(
                    "Fold in after each round",
                    now.refit,
                    key=f"{keys}:refit",
                    help="The base model learns each user anew from all that was taken.",
                )
        st.form_submit_button(
            "Run",
            type="primary",
            icon=":material/play_arrow:",
            on_click=lambda: run_callback(_submit, run, kind, keys),
        )


def _submit(run: Run, kind: str, keys: str) -> None:
    """Keep what the form says, and have it done."""
    said = {
        name: st.session_state.get(f"{keys}:{name}")
        for name in ("target", "users", "sample", "counted", "doses", "promoted", "refit")
    }
    if not said["target"]:
        raise UserError("Choose a concept or a neuron first.")
    if kind == "expose" and not said["promoted"]:
        raise UserError(f"Choose the {run.dataset.nouns.item} to promote first.")
    change_experiment(
        run,
        kind=kind,
        target=said["target"],
        users=said["users"] or EVERYBODY,
        sample=int(said["sample"]),
        counted=said["counted"] or "",
        doses=read_doses(said["doses"] or "", kind),
        promoted=said["promoted"] or "",
        refit=bool(said["refit"]),
        asked=True,
    )
    works().retry(work_key(run, experiment_setting(run)))


def _choose_kind(run: Run, now: ExperimentSetting) -> str:
    key = f"experiment:kind:{run.path}"
    st.session_state[key] = now.kind
    st.segmented_control(
        "Experiment",
        KINDS,
        format_func=lambda kind: KINDS[kind].format(item=run.dataset.nouns.item),
        key=key,
        required=True,
        on_change=lambda: run_callback(
            lambda: change_experiment(run, kind=st.session_state[key], doses=(), asked=False)
        ),
        help="Nudge raises a concept of many users, suppress lowers it; the other two follow one item, or time.",
    )
    return now.kind


def _choose_target(run: Run, now: ExperimentSetting, keys: str) -> str | None:
    neurons = run.index.neurons
    options = [*concepts_of(run), *map(str, np.flatnonzero((neurons["max_users"] > 0) & (neurons["max_items"] > 0)))]
    if now.target and now.target not in options:
        options.insert(0, now.target)
    return st.selectbox(
        "Concept or neuron",
        options,
        options.index(now.target) if now.target else None,
        format_func=lambda name: f"{name} · {neurons['label'].iloc[int(name)]}" if name.isdecimal() else name,
        key=f"{keys}:target",
        placeholder="name or number …",
        help=glossary.CONCEPT,
        width=220,
    )


def _choose_users(run: Run, now: ExperimentSetting, keys: str) -> str | None:
    names = audience_names(run)
    options = [*names, *([] if now.users in names else [now.users])]
    return st.selectbox(
        "Users",
        options,
        options.index(now.users),
        format_func=lambda rule: names.get(rule, rule),
        key=f"{keys}:users",
        accept_new_options=True,
        help=glossary.AUDIENCE,
        width=220,
    )


def _choose_counted(run: Run, now: ExperimentSetting, keys: str) -> str | None:
    genres, facet = run.dataset.genres, run.dataset.nouns.facet
    if now.counted and now.counted not in genres:
        genres = [now.counted, *genres]
    return st.selectbox(
        f"Counted {facet}",
        genres,
        genres.index(now.counted) if now.counted else None,
        key=f"{keys}:counted",
        placeholder="the concept's own",
        help=glossary.LIST_SHARE,
        width=160,
    )


def _choose_doses(now: ExperimentSetting, kind: str, keys: str) -> str:
    usual = ", ".join(f"{dose:g}" for dose in now.doses_or_usual())
    return st.text_input(
        "Dose" if kind == "rounds" else "Doses",
        ", ".join(f"{dose:g}" for dose in now.doses),
        key=f"{keys}:doses",
        placeholder=usual,
        help=glossary.DOSE,
        width=230 if kind != "rounds" else 100,
    )


def _choose_promoted(run: Run, now: ExperimentSetting, keys: str) -> str | None:
    if run.dataset.n_items > MAX_OPTIONS:
        return st.text_input(
            f"{run.dataset.nouns.item.capitalize()} to promote", now.promoted, key=f"{keys}:promoted", width=240
        )
    catalogue = catalogue_of(run)
    ids = [catalogue.ids[row] for row in offered_items(run, f"{keys}:promoted-words")]
    titles = {item: catalogue.labels[catalogue.rows[item]] for item in ids}
    if now.promoted and now.promoted not in titles:
        ids.insert(0, now.promoted)
    return st.selectbox(
        f"{run.dataset.nouns.item.capitalize()} to promote",
        ids,
        ids.index(now.promoted) if now.promoted else None,
        format_func=lambda item: titles.get(item, item),
        key=f"{keys}:promoted",
        placeholder="title …",
        width=260,
    )
