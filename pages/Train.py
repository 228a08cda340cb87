"""Train a run from the browser: choose, start, watch, stop and resume."""

import shlex
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from explorer import glossary
from explorer.config import PRESETS, to_toml
from explorer.config.run_config import CHOICES, RunConfig
from explorer.data import data_folder, find_source, find_sources
from explorer.errors import UserError
from explorer.jobs import control
from explorer.jobs.plan import Plan, make_plan, missing_disk_room, preset_config, suggested_name
from explorer.jobs.queue import find_trainings
from explorer.jobs.training_text import STAGE_TITLES
from explorer.recommenders import BASE_MODELS, base_model_title
from explorer.runs import check_name, runs_folder
from explorer.runs.library import MAX_NAME_LENGTH
from explorer.text import bytes_text, duration, md_escape
from explorer.ui.address import asked_for
from explorer.ui.cache import dataset_sizes, estimate
from explorer.ui.errors import run_callback, show_callback_error
from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.own_model import own_model_fields
from explorer.ui.run_picker import ALL_DATASETS
from explorer.ui.settings_form import PARTS, settings_tabs
from explorer.ui.training_rows import start_from_page, training_notice, training_rows

NAME_KEY = "train:name"


class Choices(NamedTuple):
    """What the form asks for."""

    source: str
    values: dict
    """Settings by dotted key."""
    sizes: dict[str, int]
    """`users`, `items` and `positives` of the data set."""
    threads: int
    uploads: Path | None = None
    """Folder of uploaded files that the settings name."""


def form() -> None:
    """Choose, see what it takes, and start."""
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        default="quick",
        required=True,
        format_func=lambda name: PRESETS[name].title,
        key="train:preset",
        persist_state="session",
        help="The settings to start from.",
    )
    st.caption(f"{PRESETS[preset].purpose[0].upper()}{PRESETS[preset].purpose[1:]}.")
    try:
        chosen = choices(preset)
        name, button = st.columns([3, 1], vertical_alignment="bottom")
        plan = named_plan(name, chosen, preset)
        config = plan.config.with_defaults_for(chosen.sizes["items"])
    except UserError as error:
        st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=True, key="train:start")
        st.error(md_escape(error), icon=":material/error:")
        return
    job = (plan.out, plan.source, config.model_dump(mode="json"), chosen.threads, True)
    button.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        key="train:start",
        on_click=run_callback,
        args=(partial(start, uploads=chosen.uploads) if chosen.uploads else start, *job),
        width="stretch",
    )
    outlook(config, chosen.sizes, plan)
    if not chosen.uploads:  # a command would name files that go when the page is left
        same_elsewhere(plan)


def start(*arguments, **options) -> None:
    """As the button's callback: start the training, and suggest another name for the next one."""
    start_from_page(*arguments, **options)
    st.session_state.pop(NAME_KEY, None)


def named_plan(place, chosen: Choices, preset: str) -> Plan:
    """Ask for the name, and check everything."""
    state = st.session_state
    suggestion = suggested_name(runs_folder(), chosen.source, chosen.values["recommender.kind"], preset)
    if state.get(NAME_KEY) in (None, state.get("_suggested_name")):  # else somebody has typed another one
        state[NAME_KEY] = suggestion
    state["_suggested_name"] = suggestion
    name = place.text_input("Name of the run", key=NAME_KEY, max_chars=MAX_NAME_LENGTH, persist_state="session").strip()
    plan = make_plan(chosen.source, runs_folder() / check_name(name), preset, chosen.values, chosen.threads)
    if plan.out.exists():
        raise UserError(f"There is already a run or a training called {name}; choose another name.")
    return plan


def choices(preset: str) -> Choices:
    """The fields of the form."""
    data, base, sae, seed = st.columns([3, 3, 2, 1])
    usual = preset_config(preset, {})
    with data:
        source = choose_source()
    kinds, activations = list(BASE_MODELS), list(CHOICES["sae"].configs)
    options = {"persist_state": "session"}
    values = {
        "recommender.kind": base.selectbox(
            "Base model",
            kinds,
            index=kinds.index(usual.recommender.kind),
            format_func=base_model_title,
            key=f"train:{preset}:recommender.kind",
            help="\n".join(
                [glossary.BASE_MODEL, "", *(f"* {model.title}: {model.text}" for model in BASE_MODELS.values())]
            ),
            **options,
        ),
        "sae.activation": sae.selectbox(
            "Autoencoder",
            activations,
            index=activations.index(usual.sae.activation),
            key=f"train:{preset}:sae.activation",
            help=glossary.ACTIVATIONS,
            **options,
        ),
        "seed": seed.number_input(
            "Seed",
            0,
            2**32 - 1,
            value=usual.seed,
            key=f"train:{preset}:seed",
            help="Decides the split of the data, the base model and the training: the same seed gives the same run.",
            **options,
        ),
    }
    external = values["recommender.kind"] == "external"
    own, uploads = own_model_fields(f"train:{preset}") if external else ({}, None)
    with st.expander("Advanced settings", icon=":material/tune:"):
        *tabs, machine = st.tabs([*PARTS.values(), "Machine"])
        usual = preset_config(preset, values)
        values |= settings_tabs(tabs, usual, with_defaults(usual, source), f"train:{preset}", asked=own)
        values |= own
        threads = machine.number_input(
            "Torch threads",
            1,
            control.max_threads(),
            value=1,
            key="train:threads",
            help="One keeps the pages quick; two are faster only on an idle machine.",
            **options,
        )
    if external and not values["recommender.items"]:
        raise UserError("Name the file of item vectors of your recommender, or upload it.")
    of_data = {key: value for key, value in values.items() if key.startswith("data.")}
    sizes = dataset_sizes(source, make_plan(source, runs_folder(), preset, of_data).config.data)
    return Choices(source, values, sizes, threads, uploads)


def choose_source() -> str:
    """The data set: the one chosen on the left to begin with."""
    names = [source.name for source in find_sources()]
    chosen = st.session_state.get("dataset")
    if (asked := asked_for("source", lambda text: text if text in names else None)) is not None:
        st.session_state["train:source"] = asked
    source = st.selectbox(
        "Data set",
        names,
        index=names.index(chosen) if chosen in names and chosen != ALL_DATASETS else 0,
        key="train:source",
        persist_state="session",
        accept_new_options=True,
        help=f"One of those in `{data_folder()}` (EXPLORER_DATA), the built-in demo, or the path of a folder: type it.",
    )
    find_source(source)
    return source


def with_defaults(config: RunConfig, source: str) -> RunConfig:
    """With the defaults for the data set where that can be read; else the page says later why it cannot."""
    try:
        return config.with_defaults_for(dataset_sizes(source, config.data)["items"])
    except UserError:
        return config


def outlook(config: RunConfig, sizes: dict, plan: Plan) -> None:
    """What the training will take."""
    seconds, size = estimate(config, **sizes)
    stages = ", ".join(f"{STAGE_TITLES[stage].lower()} {duration(value)}" for stage, value in seconds.items())
    st.markdown(
        f"Takes about **{duration(sum(seconds.values()))}** and **{bytes_text(size)}** on disk, for "
        f"**{sizes['users']:,}** users, **{sizes['items']:,}** items and **{sizes['positives']:,}** interactions.",
        help=f"Estimated on this machine: {stages}.",
    )
    waiting = [training.name for training in find_trainings(runs_folder()) if training.alive]
    if waiting:
        st.caption(f"It will wait for {len(waiting)} other: {md_escape(', '.join(waiting))}.")
    if lacking := missing_disk_room(plan.out, size):
        st.warning(md_escape(lacking), icon=":material/hard_drive:")


def same_elsewhere(plan: Plan) -> None:
    with st.expander("The same on the command line, or as a file", icon=":material/terminal:"):
        st.code(f"python -m explorer {shlex.join(plan.arguments)}", language="bash", wrap_lines=True)
        st.caption("As TOML, for `train --config FILE.toml`. What it leaves out takes the default for the data.")
        st.code(to_toml(plan.config), language="toml")


# Every part has a place of its own that is always there: when one comes or goes, no other moves. An element that
# moves is on the page twice until the script has come to the end.
ensure_shell()
page_header(
    "Train",
    "What has a recommender learned from other data, or with other settings? Choose here and start. "
    "The training runs by itself: you may leave the page and come back.",
)
notices, new_training, running = st.container(), st.container(), st.container()
with notices:
    show_callback_error()
    training_notice()
with new_training:
    form()
with running:
    training_rows()
