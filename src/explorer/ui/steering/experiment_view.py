"""Experiments on many users: one concept over several doses, beside other ways to move them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.errors import UserError
from explorer.experiments.experiment import Experiment
from explorer.experiments.findings import experiment_sentences, rounds_sentences
from explorer.experiments.items import find_item
from explorer.experiments.simulation import Rounds
from explorer.figures.steering import dose_figure, price_figure, rounds_figure
from explorer.measures import (
    LIST_COVERAGE,
    LIST_GINI,
    LIST_KEPT,
    LIST_NDCG,
    LIST_POPULARITY,
    LIST_RBO,
    LIST_SHARE,
    LIST_VARIETY,
    REACH,
    REACH_OTHERS,
    REACH_RANK,
    measure,
)
from explorer.runs import Run
from explorer.text import md_escape, number
from explorer.ui.cache import theme
from explorer.ui.downloads import csv_button
from explorer.ui.errors import fragment
from explorer.ui.frame import page_title
from explorer.ui.steering.experiment_form import experiment_form
from explorer.ui.steering.experiment_setting import (
    ExperimentSetting,
    experiment_setting,
    keep_experiment_setting,
    open_experiment_setting,
)
from explorer.ui.steering.experiment_work import Work, work_key, works
from explorer.ui.tables import show_table
from explorer.ui.widgets import md

_CHART = {"displayModeBar": False}
_OF_LISTS = (LIST_SHARE, LIST_NDCG, LIST_KEPT, LIST_RBO, LIST_POPULARITY, LIST_GINI, LIST_COVERAGE, LIST_VARIETY)
_OF_ITEMS = (REACH, REACH_OTHERS, REACH_RANK)
_OF_ROUNDS = (LIST_SHARE, LIST_NDCG, LIST_VARIETY, LIST_GINI, LIST_COVERAGE, LIST_POPULARITY)
_PRICES = (LIST_NDCG, LIST_KEPT, LIST_RBO, LIST_GINI)
_column = st.column_config


def show_experiment_view(run: Run) -> None:
    """The part of the Steering page about a cohort of users."""
    open_experiment_setting(run)
    page_title("Steering", "experiment")
    experiment_form(run)
    now = experiment_setting(run)
    keep_experiment_setting(run)
    if not now.asked:
        st.info("Choose a concept and press Run. A few hundred users take some seconds.", icon=":material/science:")
        return
    work = works().start(work_key(run, now), lambda progress: now.do(run, progress), _stages(now.kind))
    if work.running:
        fragment(_progress, run_every=0.5)(work)
    elif work.error is not None:
        raise UserError(work.error)
    elif isinstance(work.result, Rounds):
        _rounds(run, work.result, now)
    else:
        _experiment(run, work.result, now)


def _stages(kind: str) -> int:
    return 2 if kind in ("nudge", "suppress") else 1


def _progress(work: Work) -> None:
    """A bar; the whole page again when it has ended."""
    if not work.running:
        st.rerun()
    st.progress(work.done, text=md("Running the experiment: {message}", message=work.message or "…"))
    st.button("Stop", icon=":material/stop:", on_click=work.stop)


def _experiment(run: Run, found: Experiment, now: ExperimentSetting) -> None:
    what = found.target
    if found.kind == "expose":
        what = f"{run.dataset.items['title'].iloc[find_item(run, now.promoted)]} by {what}"
    _said(
        f"{what}: {len(found.cohort):,} of {found.cohort.found:,} users",
        experiment_sentences(run, found),
    )
    arms = {arm: glossary.ARMS[arm].title for arm in dict.fromkeys(found.table["arm"]) if arm != "own"}
    arms |= {arm: found.target for arm in ("concept", "neuron") if arm == next(iter(arms))}
    names = _OF_ITEMS if found.kind == "expose" else _OF_LISTS
    effect = names[0]
    left, right = st.columns(2, gap="medium")
    with left:
        name = _choose_measure("Measure", names, "experiment:measure")
        st.plotly_chart(
            dose_figure(_of(found.table, name), arms, measure(name).form, measure(name).short, theme()),
            key="experiment-doses",
            config=_CHART,
            alt=f"Lines: {measure(name).short} at each dose. {' '.join(experiment_sentences(run, found))}",
        )
        st.caption(f"{glossary.BAND.title}: {glossary.BAND.sentence}")
    with right:
        options = _OF_ITEMS[1:2] if found.kind == "expose" else _PRICES
        price = _choose_measure("Price of the effect", options, "experiment:price")
        forms, titles = ((measure(effect).form, measure(price).form), (measure(effect).short, measure(price).short))
        st.plotly_chart(
            price_figure(_effect_and_price(found.table, effect, price), arms, forms, titles, theme()),
            key="experiment-price",
            config=_CHART,
            alt=f"Lines: {titles[1]} against {titles[0]}, one for each way to move.",
        )
        below = found.kind == "expose" or measure(price).better == "lower"
        st.caption(f"A line {'below' if below else 'above'} another has the same effect at a lower price.")
    _arms(arms)
    _tables(found, effect)
    _command(run, now)


def _said(heading: str, sentences: list[str]) -> None:
    st.markdown(f"**{md_escape(heading)}.** {md_escape(sentences[0])}")
    for sentence in sentences[1:]:
        st.markdown(md_escape(sentence))


def _choose_measure(label: str, names: tuple[str, ...], key: str) -> str:
    if st.session_state.get(key) not in names:
        st.session_state.pop(key, None)
    return st.selectbox(
        label, names, format_func=lambda name: measure(name).short, key=key, help=measure(names[0]).term
    )


def _of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["measure"] == name]


def _effect_and_price(table: pd.DataFrame, effect: str, price: str) -> pd.DataFrame:
    """`arm`, `dose`, `effect`, `price` in the order of the table."""
    of_effect, of_price = (_of(table, name)[["arm", "dose", "value"]] for name in (effect, price))
    merged = of_effect.merge(of_price, on=["arm", "dose"], how="left", suffixes=("_effect", "_price"))
    return merged.rename(columns={"value_effect": "effect", "value_price": "price"})


def _arms(arms: dict[str, str]) -> None:
    with st.expander("What is compared", icon=":material/info:"):
        for arm in arms:
            term = glossary.ARMS[arm]
            st.markdown(md("**{title}.** {text}", title=term.title, text=str(term)))


def _tables(found: Experiment, effect: str) -> None:
    doses, equal = st.tabs(["Every dose", glossary.EQUAL_EFFECT.title])
    with doses:
        wide = found.table.pivot_table(
            index=["arm", "dose"], columns="measure", values="value", sort=False, dropna=False
        )
        wide = wide.dropna(how="all").reset_index()
        wide["arm"] = [glossary.ARMS[arm].title for arm in wide["arm"]]
        columns = {"arm": _column.TextColumn("Way", width=150), "dose": _dose_column()}
        columns |= {name: _measure_column(name) for name in wide.columns[2:]}
        show_table(wide, columns, height=340, alt="Every way and dose", key="experiment-table")
        csv_button(found.table, f"experiment-{found.kind}", explanation="Every value with its band.")
    with equal:
        st.caption(f"{glossary.EQUAL_EFFECT.sentence} {glossary.EQUAL_EFFECT.details}")
        if found.equal.empty:
            st.info("Nothing else was moved, or nothing reaches the same effect.", icon=":material/info:")
            return
        show_table(_equal_rows(found), _equal_columns(effect), height=340, alt="At equal effect", key="equal-table")
        csv_button(found.equal, f"experiment-{found.kind}-equal")


def _dose_column():
    return _column.NumberColumn("Dose", format="%.2f", width=60, help=glossary.DOSE)


def _measure_column(name: str):
    about = measure(name)
    if about.is_share:
        return _column.NumberColumn(about.short, format=f"%{about.form[:-1]}f%%", width=95, help=about.term)
    form = "localized" if "," in about.form else f"%{about.form}"
    return _column.NumberColumn(about.short, format=form, width=95, help=about.term)


def _equal_rows(found: Experiment) -> pd.DataFrame:
    rows = found.equal.dropna(subset="other")
    forms = [measure(name).form for name in rows["measure"]]
    texts = {
        name: [number(value, f"{{:{form}}}") for value, form in zip(rows[name], forms, strict=True)]
        for name in ("value", "other")
    }
    bands = [
        f"{number(low, f'{{:+{form}}}')} to {number(high, f'{{:+{form}}}')}"
        for low, high, form in zip(rows["low"], rows["high"], forms, strict=True)
    ]
    names = [measure(name).short for name in rows["measure"]]
    return rows.assign(
        arm=[glossary.ARMS[arm].title for arm in rows["arm"]], measure=names, band=bands, **texts
    ).reset_index(drop=True)


def _equal_columns(effect: str) -> dict:
    return {
        "arm": _column.TextColumn("Other way", width=150),
        "dose": _dose_column(),
        "share": _measure_column(effect),
        "measure": _column.TextColumn("Measure", width=150),
        "value": _column.TextColumn("Target", width=80),
        "other": _column.TextColumn("Other", width=80),
        "band": _column.TextColumn("Difference, 95% band", width=150, help=glossary.BAND),
    }


def _rounds(run: Run, found: Rounds, now: ExperimentSetting) -> None:
    _said(
        f"{found.target} at {found.dose:g}: {len(found.cohort):,} of {found.cohort.found:,} users",
        rounds_sentences(run, found),
    )
    st.caption(f"{glossary.ROUNDS.sentence} {glossary.ROUNDS.details}")
    arms = {"own": "without", "steered": "with steering"}
    for start in range(0, len(_OF_ROUNDS), 3):
        for column, name in zip(st.columns(3, gap="medium"), _OF_ROUNDS[start : start + 3], strict=False):
            about = measure(name)
            with column:
                st.markdown(f"**{about.short}**", help=about.term)
                st.plotly_chart(
                    rounds_figure(_of(found.table, name), arms, about.form, theme()),
                    key=f"rounds-{name}",
                    config=_CHART,
                    alt=f"Lines: {about.short} in each round, with and without steering.",
                )
    csv_button(found.table, "experiment-rounds", explanation="Every value with its range over repetitions.")
    _command(run, now)


def _command(run: Run, now: ExperimentSetting) -> None:
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(now.command(run), language="bash", wrap_lines=True)
