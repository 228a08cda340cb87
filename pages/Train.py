"""Train a run from the browser: put it together, start it, watch it, stop it, go on with it."""

import shlex
import shutil
from itertools import count

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.config import PRESETS, to_toml
from explorer.config.fields import setting_fields
from explorer.config.run_config import CHOICES, RunConfig
from explorer.data import data_folder, find_source, find_sources
from explorer.errors import UserError
from explorer.figures import available, curves_figure
from explorer.jobs import control
from explorer.jobs.plan import Plan, make_plan, preset_config, setting
from explorer.jobs.queue import find_trainings
from explorer.jobs.training import Training
from explorer.recommenders import BASE_MODELS, base_model_title
from explorer.runs import check_name, clean_name, runs_folder
from explorer.text import bytes_text, duration, md_escape
from explorer.ui.cache import dataset_sizes, estimate, runs_by_name, theme
from explorer.ui.errors import fragment, run_callback, show_callback_error
from explorer.ui.frame import ensure_shell
from explorer.ui.run_picker import ALL_DATASETS, choose_run
from explorer.ui.settings_form import setting_widget

LOOK_EVERY = 1.0
"""Seconds between two looks at a training that goes on."""
PARTS = {"data": "Data", "recommender": "Base model", "sae": "Autoencoder", "neurons": "Neurons"}
STATES = {
    "queued": (":material/hourglass_empty:", "waiting"),
    "running": (":material/play_circle:", "training"),
    "stopped": (":material/pause_circle:", "stopped"),
    "interrupted": (":material/power_off:", "interrupted"),
    "failed": (":material/error:", "failed"),
}
STAGES = {
    "": "Starting",
    "load": "Reading the data",
    "recommender": "Training the base model",
    "sae": "Training the autoencoder",
    "index": "Measuring every neuron",
    "evaluate": "Comparing lists",
    "saved": "Done",
}


def introduction() -> None:
    st.title("Train")
    st.caption(
        "What has a recommender understood of other data, or with other settings? Choose here, and start: the training "
        "runs by itself. You may leave the page, close the browser and come back."
    )


# --- trainings that go on, or wait to be gone on with


def trainings() -> None:
    found = find_trainings(runs_folder())
    live = any(training.alive for training in found)
    if found:
        st.subheader("Trainings", anchor=False)
        fragment(show_trainings, run_every=LOOK_EVERY if live else None)({training.name for training in found}, live)


def show_trainings(before: set[str], live: bool) -> None:
    """Every training that is not done; `before` are those that there were when the page was drawn."""
    found = find_trainings(runs_folder())
    names = {training.name for training in found}
    if names != before or live != any(training.alive for training in found):
        for name in sorted(before - names):
            if (runs_folder() / name / "run.json").is_file():
                st.session_state["_finished"] = name
        st.rerun()
    for training in found:
        show_training(training)


def show_training(training: Training) -> None:
    state, status = training.state, training.status
    icon, word = STATES[state]
    with st.container(border=True):
        text, buttons = st.columns([5, 2], vertical_alignment="top")
        text.markdown(f"{icon} **{md_escape(training.name)}** · {word}")
        text.caption(about(training))
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            actions(training, state)
        if state in ("queued", "running"):
            st.progress(min(1.0, status.done), text=progress_text(training))
        elif state == "failed":
            st.error(md_escape(status.error or "It failed without a word; its log may say more."))
        else:
            st.caption(how_it_ended(training, state))
        details(training, state)


def how_it_ended(training: Training, state: str) -> str:
    what = "was stopped" if state == "stopped" else "ended without a word (it was killed, or the machine was)"
    if training.status.stage in ("sae", "index", "evaluate"):
        rest = "What it had learnt is kept: going on ends with the same run as if it had never stopped."
    else:
        rest = "It had not come to the autoencoder yet: going on begins from the beginning."
    return f"It {what} at {training.status.done:.0%}. {rest}"


def about(training: Training) -> str:
    """What is trained on what."""
    config = training.job.get("config", {})
    if not config:
        return "its configuration cannot be read"
    sae = config.get("sae", {})
    return md_escape(
        f"{training.job.get('source')} · {base_model_title(config.get('recommender', {}).get('kind', ''))} · "
        f"{sae.get('activation')} autoencoder, {sae.get('epochs')} epochs · seed {config.get('seed')}"
    )


def progress_text(training: Training) -> str:
    status = training.status
    if training.state == "queued":
        return md_escape(status.message.capitalize() or "Starting") + " …"
    left = "" if status.seconds_left is None else f" · about {duration(status.seconds_left)} left"
    return f"{STAGES.get(status.stage, status.stage)} · {status.done:.0%}{left}"


def actions(training: Training, state: str) -> None:
    key = f"train:{training.name}"
    if state in ("queued", "running"):
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"{key}:stop",
            on_click=run_callback,
            args=(control.stop_training, training.path),
            help="Ends within 3 seconds and keeps what was learnt; it can be gone on with.",
        )
        return
    st.button(
        "Go on",
        icon=":material/play_arrow:",
        type="primary",
        key=f"{key}:resume",
        on_click=run_callback,
        args=(control.resume_training, training, True),
    )
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(f"Delete **{md_escape(training.name)}** and all it has learnt? This cannot be undone.")
        st.button(
            "Delete for good",
            type="primary",
            key=f"{key}:delete",
            on_click=run_callback,
            args=(control.discard, training.path),
        )


def details(training: Training, state: str) -> None:
    key = f"train:{training.name}"
    shown = st.expander(
        "Curves and log",
        expanded=state == "running",
        icon=":material/show_chart:",
        key=f"{key}:details:{state == 'running'}",
        on_change="rerun",
    )
    if not shown.open:
        return
    with shown:
        history = pd.DataFrame(training.history())
        charts = available(history) if len(history) else []
        if not charts:
            st.caption("The curves begin with the autoencoder's first epoch.")
        epochs = training.job.get("config", {}).get("sae", {}).get("epochs")
        for start in range(0, len(charts), 2):
            for column, chart in zip(st.columns(2), charts[start : start + 2], strict=False):
                column.markdown(f"**{chart.title}**", help=chart.help)
                figure = curves_figure(
                    {training.name: history}, chart.find(history), chart.axis, theme(), chart.log, epochs
                )
                column.plotly_chart(
                    figure, key=f"{key}:{chart.key}", config={"displayModeBar": False}, alt=f"{chart.title} by epoch"
                )
        st.caption("Log")
        st.code(training.log(12) or "Nothing was said yet.", language=None)


def finished() -> None:
    """Say that a training has come to its end while this page was open."""
    name = st.session_state.get("_finished")
    if name and name in runs_by_name():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check_circle: **{md_escape(name)}** is ready.")
            st.button("Open it", type="primary", icon=":material/arrow_forward:", on_click=open_finished, args=(name,))


def open_finished(name: str) -> None:
    del st.session_state["_finished"]
    choose_run(name)


# --- a new one


def new_training() -> None:
    st.subheader("New training", anchor=False)
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        default="quick",
        required=True,
        format_func=lambda name: PRESETS[name].title,
        key="train:preset",
        persist_state="session",
        help="Where the settings below start from.",
    )
    st.caption(f"{PRESETS[preset].purpose[0].upper()}{PRESETS[preset].purpose[1:]}.")
    try:
        source, values, sizes, threads = choices(preset)
        suggestion = suggested_name(source, values, preset)
        name = st.text_input("Name of the run", suggestion, key=f"train:name:{suggestion}", max_chars=80).strip()
        plan = make_plan(source, runs_folder() / check_name(name), preset, values, threads)
        fitted = plan.config.with_defaults_for(sizes["items"])
        if plan.out.exists():
            raise UserError(f"There is already a run or a training called {name}; choose another name.")
    except UserError as error:
        st.error(md_escape(error), icon=":material/error:")
        st.button("Start training", type="primary", disabled=True, key="train:start")
        return
    outlook(fitted, sizes, plan)
    st.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        key="train:start",
        on_click=run_callback,
        args=(control.start_training, plan.out, plan.source, fitted.model_dump(mode="json"), threads, True),
    )
    same_elsewhere(plan)


def choices(preset: str) -> tuple[str, dict, dict, int]:
    """The fields of the form: the data set, the settings, the data set's sizes and the threads."""
    names = [source.name for source in find_sources()]
    chosen = st.session_state.get("dataset")
    start = preset_config(preset, {})
    data, base, sae, seed = st.columns([3, 3, 2, 1])
    source = data.selectbox(
        "Data set",
        names,
        index=names.index(chosen) if chosen in names and chosen != ALL_DATASETS else 0,
        key="train:source",
        persist_state="session",
        accept_new_options=True,
        help=f"One of those in `{data_folder()}` (EXPLORER_DATA), the built-in demo, or the path of a folder: type it.",
    )
    find_source(source)
    values = {"seed": None}
    values["recommender.kind"] = base.selectbox(
        "Base model",
        list(BASE_MODELS),
        index=list(BASE_MODELS).index(start.recommender.kind),
        format_func=base_model_title,
        key=f"train:{preset}:recommender.kind",
        persist_state="session",
        help="\n".join(
            [glossary.BASE_MODEL, "", *(f"* {model.title}: {model.text}" for model in BASE_MODELS.values())]
        ),
    )
    activations = list(CHOICES["sae"].configs)
    values["sae.activation"] = sae.selectbox(
        "Autoencoder",
        activations,
        index=activations.index(start.sae.activation),
        key=f"train:{preset}:sae.activation",
        persist_state="session",
        help=glossary.ACTIVATIONS,
    )
    values["seed"] = seed.number_input(
        "Seed",
        0,
        2**32 - 1,
        value=start.seed,
        key=f"train:{preset}:seed",
        persist_state="session",
        help="Decides the split of the data, the base model and the training: the same seed gives the same run.",
    )
    with st.expander("Advanced settings", icon=":material/tune:"):
        threads = advanced(preset, source, values)
    plan = make_plan(source, runs_folder(), preset, {key: values[key] for key in values if key.startswith("data.")})
    return source, values, dataset_sizes(source, plan.config.data), threads


def advanced(preset: str, source: str, values: dict) -> int:
    """Every setting of the chosen kinds, in `values`; returns the threads."""
    start = preset_config(preset, values)
    fitted = fitted_or_same(start, source)
    *tabs, machine = st.tabs([*PARTS.values(), "Machine"])
    for tab, part in zip(tabs, PARTS, strict=True):
        config = type(getattr(start, part))
        tag = CHOICES[part].tag if part in CHOICES else None
        kind = getattr(getattr(start, part), tag) if tag else ""
        columns = tab.columns(3)
        for i, field in enumerate(setting_fields(config, leave_out=(tag,) if tag else ())):
            key = f"{part}.{field.name}"
            with columns[i % 3]:
                values[key] = setting_widget(
                    field, f"train:{preset}:{kind}:{key}", setting(start, key), setting(fitted, key)
                )
    return machine.number_input(
        "Torch threads",
        1,
        control.max_threads(),
        value=1,
        key="train:threads",
        persist_state="session",
        help="One leaves the pages quick and gives the same result as any other number. Two are faster only on a "
        "machine with nothing else to do.",
    )


def fitted_or_same(config: RunConfig, source: str) -> RunConfig:
    """With sizes that fit the data set, where that can be read; else the page says later why it cannot."""
    try:
        return config.with_defaults_for(dataset_sizes(source, config.data)["items"])
    except UserError:
        return config


def suggested_name(source: str, values: dict, preset: str) -> str:
    base = clean_name(f"{find_source(source).name}-{values['recommender.kind']}-{preset}")
    return next(name for i in count(1) if not (runs_folder() / (name := base if i == 1 else f"{base}-{i}")).exists())


def outlook(config: RunConfig, sizes: dict, plan: Plan) -> None:
    """What it will take."""
    seconds, size = estimate(config, **sizes)
    waiting = [training.name for training in find_trainings(runs_folder()) if training.alive]
    stages = ", ".join(f"{STAGES[stage].lower()} {duration(value)}" for stage, value in seconds.items())
    time, space, data = st.columns([1, 1, 2])
    time.metric(
        "Takes about",
        duration(sum(seconds.values())),
        help=f"Estimated on this machine: {stages}.",
        border=True,
        height="stretch",
    )
    space.metric(
        "Needs on disk", bytes_text(size), help="The run's folder when it is done.", border=True, height="stretch"
    )
    data.metric(
        "Data",
        f"{sizes['users']:,} × {sizes['items']:,}",
        delta=f"users × items, {sizes['positives']:,} interactions",
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    if waiting:
        st.caption(f"It will wait for {len(waiting)} other: {md_escape(', '.join(waiting))}.")
    existing = next(path for path in (plan.out, *plan.out.absolute().parents) if path.exists())
    if shutil.disk_usage(existing).free < 2 * size:
        st.warning(f"There is little room on the disk: {bytes_text(shutil.disk_usage(existing).free)} are free.")


def same_elsewhere(plan: Plan) -> None:
    with st.expander("The same on the command line, or as a file", icon=":material/terminal:"):
        st.code(f"python -m explorer {shlex.join(plan.arguments)}", language="bash", wrap_lines=True)
        st.caption("As TOML, for `train --config FILE.toml`; what is not there is chosen to fit the data.")
        st.code(to_toml(plan.config), language="toml")


ensure_shell()
introduction()
show_callback_error()
finished()
trainings()
new_training()
