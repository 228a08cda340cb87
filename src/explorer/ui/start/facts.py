"""The numbers of a run: the headline, what stands beside it, and the exact scores one click away."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.audit import Audit
from explorer.browse.headline import beside_simpler, headline, popular_ndcg
from explorer.browse.overview import Dictionary
from explorer.measures import measure
from explorer.runs import Run, is_rotation, lacks_measures, not_measured
from explorer.text import number
from explorer.ui.cards import metric_row
from explorer.ui.start.cached import run_stamp
from explorer.ui.tables import baseline_columns, level_columns, show_table
from explorer.ui.widgets import md


def headline_numbers(run: Run, found: Dictionary, audit: Audit) -> None:
    """Ratios to what they are compared with, then what simpler methods reach and what is missing."""
    metrics = run.metrics
    facts = headline(run, found, audit, _popular(*run_stamp(run), run))
    metric_row([(fact.label, fact.value, fact.below, fact.term) for fact in facts])
    sentences = beside_simpler(metrics)
    if sentences:
        st.caption(md("{said}", said=" ".join(sentences)), help=f"{glossary.TIMES_CHANCE}\n\n{glossary.BASELINES}")
    if remarks := not_measured(metrics):
        st.caption(md("{said}", said=" ".join(remarks)))
    if rotation := is_rotation(metrics):
        st.warning(rotation, icon=":material/warning:")
    if lacking := lacks_measures(metrics, run.path):
        st.info(lacking, icon=":material/update:")


@st.cache_data(max_entries=16, show_spinner=False)
def _popular(path: str, stamp: int, _run: Run) -> float:
    return popular_ndcg(_run)


def exact_scores(run: Run) -> None:
    """The scores themselves, beside those of the baselines and of each level."""
    _comparison(run)
    _levels(run)


def _comparison(run: Run) -> None:
    """The same measures without an autoencoder."""
    baselines = run.metrics.baselines
    rows = baselines.rows()
    for row in rows:
        row["significant"] = f"{_share(row['significant'])} ({_share(row['measured'])})"
    alike = number(baselines.neurons.ms_base_rate, "{:.2f}")
    with st.expander("Is that more than chance? The exact scores beside simpler methods", icon=":material/balance:"):
        st.caption(glossary.BASELINES)
        show_table(
            pd.DataFrame(rows), baseline_columns(alike), alt="Neurons compared with raw dimensions, PCA and chance"
        )
        how_many_fire(run)


def _share(value: float | None) -> str:
    return number(value, "{:.0%}")


def _levels(run: Run) -> None:
    """Every Matryoshka level as a recommender of its own."""
    measured = [level.as_json() for level in run.metrics.levels]
    if len(measured) < 2:
        return
    with st.expander("Each level of the dictionary as a recommender of its own", icon=":material/stacks:"):
        st.caption(
            "The first neurons of the dictionary alone already recommend. This is what each level keeps of the "
            "recommender."
        )
        show_table(pd.DataFrame(measured), level_columns(), alt="Agreement, accuracy and sparsity of each level")


def how_many_fire(run: Run) -> None:
    """Sparsity as a distribution, and how many neurons are alive."""
    sae, found, nouns = run.metrics.sae, run.metrics.concepts, run.dataset.nouns
    dead = f"{sae.dead} {'is' if sae.dead == 1 else 'are'} dead."
    if found is None:
        st.caption(
            f"On average {measure('l0_items').text(sae.l0_items)} of {sae.width} neurons fire per {nouns.item} and "
            f"{measure('l0_users').text(sae.l0_users)} per user; {dead}",
            help=glossary.L0,
        )
        return
    users, items = found.active_users, found.active_items
    alive = f"{found.alive} of {sae.width} neurons are alive; {dead}"
    least, median, per_item = (number(value, "{:.0f}") for value in (users.minimum, users.p50, items.p50))
    st.caption(
        f"{median} neurons fire for the median user, {least} for the one with the fewest; "
        f"{per_item} for the median {nouns.item}. "
        + (f"All {sae.width} neurons are alive." if found.alive == sae.width else alive),
        help=f"{glossary.ACTIVE}\n\n{glossary.ALIVE}",
    )
