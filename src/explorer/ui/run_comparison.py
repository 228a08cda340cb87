"""Several runs beside each other: measures, settings, curves, detectors of genres, and which neurons mean the same."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.comparison import Matching, detector_table, match_neurons, metrics_table, settings_table
from explorer.figures import CURVES, available, curves_figure, genre_colours, genre_comparison_figure, measure_title
from explorer.measures import RUN_MEASURES
from explorer.runs import Run
from explorer.ui.cache import name_of, theme
from explorer.ui.cards import metric_row, neuron_sentence
from explorer.ui.downloads import csv_button
from explorer.ui.errors import readable_errors
from explorer.ui.grid import grid, ordered
from explorer.ui.links import item_links
from explorer.ui.tables import concept_columns, item_columns, show_table
from explorer.ui.widgets import md

TABS = ("Measures", "Settings", "Curves", "Facets", "Same concepts")
TOP_ITEMS = 10
_column = st.column_config


def compare_runs(runs: list[Run]) -> None:
    """A tab for each way to compare them."""
    st.subheader(f"{len(runs)} runs compared", anchor=False)
    parts = (_measures, _settings, _curves, _detectors, _same_concepts)
    for tab, part in zip(st.tabs(TABS, key="runs:tabs", on_change="rerun"), parts, strict=True):
        if tab.open:
            with tab, readable_errors():
                part(runs)


def _measures(runs: list[Run]) -> None:
    table = metrics_table(runs)
    names = [run.name for run in runs]
    rows = []
    for found, row in zip(RUN_MEASURES, table.to_dict("records"), strict=True):
        measure = found.measure
        better = "" if measure.better == "neither" else measure.better
        values = {name: measure.text(row[name]) for name in names}
        rows.append({"measure": found.title, **values, "better": better, "what": measure.term.sentence})
    columns = {
        "measure": _column.TextColumn("Measure"),
        **{name: _column.TextColumn(name) for name in names},
        "better": _column.TextColumn("Better is"),
        "what": _column.TextColumn("What it is"),
    }
    show_table(pd.DataFrame(rows), columns, alt="Measures of the runs side by side", height="content")
    csv_button(table, "-".join(["compared", *names]))


def _settings(runs: list[Run]) -> None:
    table = settings_table(runs)
    if table.empty:
        st.info("All settings are the same.", icon=":material/info:")
        return
    st.caption("Settings that differ; all others are the same.")
    columns = {name: _column.TextColumn("Setting" if name == "setting" else name) for name in table}
    show_table(table, columns, alt="Settings that differ between the runs")


def _curves(runs: list[Run]) -> None:
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


def _detectors(runs: list[Run]) -> None:
    nouns = runs[0].dataset.nouns
    table = detector_table(runs)
    if table.empty:
        st.info(f"None of these runs has {nouns.facets}.", icon=":material/info:")
        return
    st.caption(f"For every {nouns.facet} the neuron that detects it best. {glossary.AP.sentence}")
    same_data = len({run.dataset.fingerprint for run in runs}) == 1
    shades = genre_colours(runs[0].dataset, theme()) if same_data else None
    st.plotly_chart(
        genre_comparison_figure(table, theme(), shades),
        key="runs:detectors",
        alt=f"Average precision of each {nouns.facet}'s best neuron, by run",
    )
    csv_button(table, "detectors")


# --- neurons that mean the same


def _same_concepts(runs: list[Run]) -> None:
    names = [run.name for run in runs]
    one, other = st.columns(2)
    left = one.selectbox("Neurons of", names, key="runs:left")
    right = other.selectbox("Closest match in", [name for name in names if name != left], key=f"runs:right:{left}")
    by_name = dict(zip(names, runs, strict=True))
    with st.spinner("Matching the neurons …"):
        matching = match_neurons(by_name[left], by_name[right])
    _numbers(matching)
    _pairs(by_name[left], by_name[right], matching)


def _numbers(matching: Matching) -> None:
    st.caption(f"{glossary.BASES[matching.basis]} In both: {matching.shared:,}.")
    chance = f"{matching.chance.mean:.2f} expected by chance"
    above = f"similarity above {matching.chance.p99:.2f}"
    metric_row(
        [
            ("Matched", f"{matching.share_found:.0%}", above, glossary.MATCHED),
            ("Mean similarity", f"{matching.mean_similarity:.2f}", chance, glossary.SIMILARITY),
            ("Mutual", f"{matching.share_mutual:.0%}", "of the neurons", glossary.MUTUAL),
        ]
    )


def _pairs(left: Run, right: Run, matching: Matching) -> None:
    """The table of pairs, and the chosen one below it."""
    key = f"runs:matched:{left.name}:{right.name}"
    table = matching.table.assign(
        label=matching.table["neuron"].map(left.index.neurons["label"]),
        other=matching.table["counterpart"].map(right.index.neurons["label"]),
    ).sort_values("similarity", ascending=False, ignore_index=True)
    table = ordered(table, key)
    chosen = st.session_state.get(f"{key}:chosen", table["neuron"].iloc[0])
    grid(
        table,
        concept_columns(),
        key=key,
        ids="neuron",
        chosen=[int(chosen)],
        on_choose=lambda rows: st.session_state.update({f"{key}:chosen": rows[0]}),
        label="Neurons with their closest match in the other run",
        height=400,
    )
    csv_button(table, f"{left.name}-in-{right.name}")
    pair = table[table["neuron"] == chosen].iloc[0]
    for column, run, neuron in zip(
        st.columns(2), (left, right), (int(pair["neuron"]), int(pair["counterpart"])), strict=True
    ):
        with column.container(border=True):
            _neuron(run, neuron)


def _neuron(run: Run, neuron: int) -> None:
    label = run.index.neurons["label"].iloc[neuron]
    st.markdown(md("**{run} · {neuron} {label}**", run=run.name, neuron=neuron, label=label))
    st.caption(neuron_sentence(run, neuron))
    top = run.top_items(neuron, TOP_ITEMS)
    show_table(
        top,
        item_columns("rank", "title", "genres", "year", nouns=run.dataset.nouns),
        alt=f"Strongest {run.dataset.nouns.items} of neuron {neuron} of {run.name}",
        links=item_links(top, run, run=name_of(run)),
    )
