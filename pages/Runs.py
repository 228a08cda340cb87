"""All runs: find, open, describe, rename, hand on, take in, compare."""

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.comparison import Matching, match_neurons, metrics_table, purity_table, settings_table
from explorer.errors import UserError
from explorer.figures import (
    CURVES,
    MAX_RUNS,
    available,
    curves_figure,
    genre_colours,
    measure_title,
    purity_comparison_figure,
)
from explorer.jobs import control
from explorer.jobs.listing import list_runs
from explorer.measures import RUN_MEASURES
from explorer.runs import (
    Run,
    RunEntry,
    export_run,
    import_run,
    read_note,
    run_card,
    runs_folder,
    write_note,
)
from explorer.text import md_escape
from explorer.ui.cache import BUILT_IN, open_run, runs_by_name, theme
from explorer.ui.cards import metric_row, neuron_sentence
from explorer.ui.downloads import csv_button
from explorer.ui.errors import readable_errors, run_callback, show_callback_error
from explorer.ui.frame import ensure_shell
from explorer.ui.run_picker import choose_run
from explorer.ui.tables import concept_columns, item_columns, run_columns, show_table

MAX_UPLOAD = 1024
"""Megabytes of a zip that may be taken in."""


def introduction() -> None:
    st.title("Runs")
    st.caption(
        "Which explanations are there, how good is each, and how do they differ? Select one for what can be done with "
        "it, or two and more to compare them."
    )


# --- the list


def listed(runs: dict[str, RunEntry]) -> pd.DataFrame:
    """A row per run, and per training that is not done."""
    table = list_runs(runs, runs_folder())
    table["created"] = pd.to_datetime(table["created"], errors="coerce", utc=True)
    done = table["done"].map("{:.0%}".format, na_action="ignore")
    table["state"] = table["state"].where(table["done"].isna(), table["state"] + ", " + done.astype(str))
    return table


def filtered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that the filters above the table leave."""
    search, data, model, state = st.columns([3, 2, 2, 2])
    text = search.text_input(
        "Search", key="runs:search", persist_state="session", placeholder="name or note", icon=":material/search:"
    )
    for column, name, label in (
        (data, "dataset", "Data set"),
        (model, "model", "Base model"),
        (state, "state", "State"),
    ):
        values = table[name].dropna().map(lambda value: str(value).split(",")[0])
        chosen = column.multiselect(
            label, sorted(set(values)), key=f"runs:{name}", persist_state="session", placeholder="all"
        )
        if chosen:
            table = table[values.reindex(table.index).isin(chosen)]
    if text:
        written = table["run"] + " " + table["note"].fillna("").astype(str)
        table = table[written.str.casefold().str.contains(text.casefold(), regex=False)]
    return table.reset_index(drop=True)


def choose(table: pd.DataFrame) -> list[str]:
    """The names of the selected rows."""
    # The rows are part of the key: a row number must never be read against other rows.
    event = show_table(
        table,
        run_columns(),
        key=f"runs-{hash(tuple(table['run']))}",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Runs with their data set, model, measures and state",
    )
    return [table["run"].iloc[row] for row in event.selection.rows if row < len(table)]


# --- one run


def show_one(name: str, entry: RunEntry | None) -> None:
    st.subheader(md_escape(name), anchor=False)
    if entry is None:
        st.info("This training is not done. Watch it, go on with it or delete it under Train.", icon=":material/info:")
        st.page_link("pages/Train.py", label="Train", icon=":material/model_training:")
        return
    if entry.problem:
        st.error(md_escape(entry.problem), icon=":material/error:")
        delete_button(name, entry)
        return
    built_in = name in BUILT_IN
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Open", type="primary", icon=":material/arrow_forward:", key="runs:open", on_click=choose_run, args=(name,)
        )
        st.download_button(
            "Export as zip",
            lambda: export_run(entry.path),
            f"{entry.path.name}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            help="Everything the run consists of; it opens on any machine, under Import. It contains the interactions "
            "it was trained on: hand it on only where the data set may be handed on.",
        )
        card = run_card(entry)
        st.download_button(
            "Run card",
            card,
            f"{entry.path.name}.md",
            "text/markdown",
            on_click="ignore",
            icon=":material/description:",
            help="What it is, on which data, how it was made and how good it is, as a Markdown file.",
        )
        if not built_in:
            rename_button(name, entry)
            delete_button(name, entry)
    if built_in:
        st.caption("This run comes with the project: it cannot be renamed, annotated or deleted.")
    else:
        note(entry)
    with st.expander("Run card", icon=":material/description:"):
        st.markdown(card.replace("\n## ", "\n#### ").replace("# ", "### ", 1))


def rename_button(name: str, entry: RunEntry) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        new = st.text_input("New name", name, key=f"runs:new:{name}", max_chars=80)
        st.button("Rename", key="runs:rename", on_click=run_callback, args=(control.rename, entry.path, new.strip()))


def delete_button(name: str, entry: RunEntry) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(f"Delete **{md_escape(name)}**? This cannot be undone.")
        st.button(
            "Delete for good",
            type="primary",
            key="runs:delete",
            on_click=run_callback,
            args=(control.delete, entry.path),
        )


def note(entry: RunEntry) -> None:
    key = f"runs:note:{entry.name}"
    st.text_area(
        "Note",
        read_note(entry.path),
        key=key,
        placeholder="What you want to remember about this run. It is saved when you leave the field.",
        max_chars=10_000,
        height=80,
        on_change=lambda: run_callback(write_note, entry.path, st.session_state[key]),
    )


# --- several runs


def open_named(name: str, entries: dict[str, RunEntry]) -> Run:
    if name not in entries:
        raise UserError(f"The training {name} is not done, so it cannot be compared.")
    if entries[name].problem:
        raise UserError(entries[name].problem)
    return open_run(entries[name])


def compare(runs: list[Run]) -> None:
    st.subheader(f"{len(runs)} runs compared", anchor=False)
    tabs = st.tabs(
        ["Measures", "Settings", "Curves", "Purity per genre", "Same concepts"], key="runs:tabs", on_change="rerun"
    )
    for tab, part in zip(tabs, (measures, settings, curves, purity, same_concepts), strict=True):
        if tab.open:
            with tab, readable_errors():
                part(runs)


def measures(runs: list[Run]) -> None:
    table = metrics_table(runs)
    names = [run.name for run in runs]
    rows = []
    for found, row in zip(RUN_MEASURES, table.to_dict("records"), strict=True):
        measure = found.measure
        better = "" if measure.better == "neither" else measure.better
        values = {name: measure.text(row[name]) for name in names}
        rows.append({"measure": found.title, **values, "better": better, "what": measure.term.sentence})
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        alt="Measures of the runs side by side",
        column_config={
            "measure": st.column_config.TextColumn("Measure", pinned=True),
            "better": st.column_config.TextColumn("Better is"),
            "what": st.column_config.TextColumn("What it is", width="large"),
        },
    )
    csv_button(table, "-".join(["compared", *names]))


def settings(runs: list[Run]) -> None:
    table = settings_table(runs)
    if table.empty:
        st.info("All settings are the same.", icon=":material/info:")
        return
    st.caption("Settings that differ; all others are the same.")
    st.dataframe(table, hide_index=True, alt="Settings that differ between the runs")


def curves(runs: list[Run]) -> None:
    histories = {run.name: run.history for run in runs}
    charts = [chart for chart in CURVES if any(chart in available(history) for history in histories.values())]
    options = {measure: chart for chart in charts for history in histories.values() for measure in chart.find(history)}
    if not options:
        st.info("These runs have no curves.", icon=":material/info:")
        return
    measure = st.selectbox("Measure", list(options), format_func=measure_title, key="runs:measure")
    chart = options[measure]
    st.caption(chart.help)
    figure = curves_figure(histories, [measure], chart.axis, theme(), chart.log)
    st.plotly_chart(figure, key="runs:curves", alt=f"{measure} by epoch, a line per run")


def purity(runs: list[Run]) -> None:
    table = purity_table(runs)
    if table.empty:
        st.info("None of these runs has genres.", icon=":material/info:")
        return
    st.caption("For every genre its purest neuron: the share of its 10 strongest items that carry the genre.")
    same_data = len({run.dataset.fingerprint for run in runs}) == 1
    shades = genre_colours(runs[0].dataset, theme()) if same_data else None
    st.plotly_chart(
        purity_comparison_figure(table, theme(), shades),
        key="runs:purity",
        alt="Purity of each genre's best neuron, by run",
    )
    csv_button(table, "purity")


def same_concepts(runs: list[Run]) -> None:
    names = [run.name for run in runs]
    one, other = st.columns(2)
    left = one.selectbox("The neurons of", names, key="runs:left")
    right = other.selectbox("and their likes in", [name for name in names if name != left], key=f"runs:right:{left}")
    by_name = dict(zip(names, runs, strict=True))
    with st.spinner("Matching the neurons …"):
        matching = match_neurons(by_name[left], by_name[right])
    show_matching(by_name[left], by_name[right], matching)


def show_matching(left: Run, right: Run, matching: Matching) -> None:
    st.caption(f"{glossary.BASES[matching.basis]} Items in both: {matching.shared:,}.")
    chance = f"{matching.chance.mean:.2f} expected by chance"
    metric_row(
        [
            (
                "Found again",
                f"{matching.share_found:.0%}",
                f"similarity above {matching.chance.p99:.2f}",
                glossary.MATCHED,
            ),
            ("Likeness", f"{matching.mean_similarity:.2f}", chance, glossary.SIMILARITY),
            ("Mutual", f"{matching.share_mutual:.0%}", "of the neurons", glossary.MUTUAL),
        ]
    )
    names, others = left.index.neurons["label"], right.index.neurons["label"]
    table = matching.table.assign(
        label=matching.table["neuron"].map(names), other=matching.table["counterpart"].map(others)
    ).sort_values("similarity", ascending=False, ignore_index=True)
    event = show_table(
        table,
        concept_columns(),
        key=f"runs-matched-{left.name}-{right.name}",
        on_select="rerun",
        selection_mode="single-row",
        alt="Neurons with their likes in the other run",
    )
    csv_button(table, f"{left.name}-in-{right.name}")
    if event.selection.rows and event.selection.rows[0] < len(table):
        pair = table.iloc[event.selection.rows[0]]
        for column, run, neuron in zip(
            st.columns(2), (left, right), (pair["neuron"], pair["counterpart"]), strict=True
        ):
            with column.container(border=True):
                st.markdown(
                    f"**{md_escape(run.name)} · neuron {neuron}, {md_escape(run.index.neurons['label'].iloc[neuron])}**"
                )
                st.caption(neuron_sentence(run, int(neuron)))
                top = run.index.top_items
                rows = top[(top["neuron"] == neuron) & (top["rank"] <= 10)]
                show_table(
                    run.dataset.items.iloc[rows["row"]].assign(rank=rows["rank"].to_numpy()),
                    item_columns("rank", "title", "genres", "year"),
                    alt=f"Strongest items of neuron {neuron} of {run.name}",
                )


# --- from elsewhere


def import_form() -> None:
    with st.expander("Import a run from a zip", icon=":material/upload:"):
        file = st.file_uploader(
            "A zip made by Export",
            type=["zip"],
            max_upload_size=MAX_UPLOAD,
            key="runs:zip",
            help="Anything in it that is no part of a run is refused.",
        )
        name = st.text_input("Name", placeholder="as in the zip", key="runs:zip-name", max_chars=80)
        st.button(
            "Import",
            disabled=file is None,
            on_click=run_callback,
            args=(unpack, file, name.strip() or None),
            icon=":material/upload:",
        )


def unpack(file, name: str | None) -> None:
    path = import_run(file, runs_folder(), name)
    st.toast(f"Imported as {md_escape(path.name)}.", icon=":material/check_circle:")


ensure_shell()
introduction()
show_callback_error()
entries = runs_by_name()
everything = listed(entries)
if everything.empty:
    st.info("There is no run yet. Train one, or import one from a zip.", icon=":material/info:")
    st.page_link("pages/Train.py", label="Train one", icon=":material/model_training:")
else:
    shown = filtered(everything)
    if shown.empty:
        st.info("No run matches what is asked for above.", icon=":material/search_off:")
    chosen = choose(shown) if len(shown) else []
    with readable_errors():
        if len(chosen) == 1:
            show_one(chosen[0], entries.get(chosen[0]))
        elif len(chosen) > MAX_RUNS:
            st.info(f"At most {MAX_RUNS} runs can be compared at a time.", icon=":material/info:")
        elif chosen:
            compare([open_named(name, entries) for name in chosen])
import_form()
