"""What this is, how good the chosen run is, and its clearest concepts."""

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.measures import NDCG, PURITY, PURITY_DEPTHS, RBO, measure
from explorer.neurons import clearest_neurons
from explorer.recommenders import base_model_title
from explorer.runs import Run
from explorer.text import md_escape, number
from explorer.ui.cards import metric_row, neuron_card
from explorer.ui.frame import ensure_shell
from explorer.ui.run_picker import current_run
from explorer.ui.tables import baseline_columns, level_columns, show_table


def introduction() -> None:
    st.title("What has this recommender understood?")
    st.caption(
        "A recommender keeps users and items as long rows of numbers that nobody can read. Concept Explorer "
        "translates them into **neurons**, each of which stands for one concept: a genre, an era, popularity. "
        "Browse them under Neurons, then turn them up and down for a user under Steering."
    )


def headline_numbers(run: Run) -> None:
    metrics = run.metrics
    model, sae, fidelity = metrics.recommender, metrics.sae, metrics.fidelity
    st.subheader(f"How well do the neurons explain {md_escape(run_title(run))}?", anchor=False)
    explained = " / ".join(measure("ev_items").text(share) for share in (sae.ev_items, sae.ev_users))
    purity, rbo, ndcg = (measure(key) for key in (PURITY, RBO, NDCG))
    numbers = [
        (purity.short, purity.text(metrics.purity[PURITY_DEPTHS[0]].mean), "best neuron per genre", purity.term),
        ("List agreement", rbo.text(fidelity.rbo), f"{rbo.short}, neurons alone", rbo.term),
        ("Accuracy", ndcg.text(model.ndcg), f"{ndcg.short}, {ndcg.text(fidelity.ndcg)} neurons", ndcg.term),
        ("Explained", explained, "items / users", glossary.EXPLAINED_VARIANCE),
    ]
    metric_row(numbers)
    st.caption(
        f"{measure('l0_items').text(sae.l0_items)} of {sae.width} neurons fire for an item and "
        f"{measure('l0_users').text(sae.l0_users)} for a user, on average; {sae.dead} never fire.",
        help=glossary.L0,
    )


def comparison(run: Run) -> None:
    """The same measures without an autoencoder."""
    baselines = run.metrics.baselines
    rows = baselines.rows()
    for row in rows:
        row["significant"] = f"{share(row['significant'])} ({share(row['measured'])})"
    alike = number(baselines.neurons.ms_base_rate, "{:.2f}")
    with st.expander("Is that more than chance? The same measures without the autoencoder", icon=":material/balance:"):
        st.caption(glossary.BASELINES)
        show_table(
            pd.DataFrame(rows), baseline_columns(alike), alt="Neurons compared with raw dimensions, PCA and chance"
        )


def share(value: float | None) -> str:
    return number(value, "{:.0%}")


def levels(run: Run) -> None:
    """Every Matryoshka level as a recommender of its own."""
    measured = [level.as_json() for level in run.metrics.levels]
    if len(measured) < 2:
        return
    with st.expander("Each level of the hierarchy as a recommender of its own", icon=":material/stacks:"):
        st.caption(
            "The dictionary is trained so that its first neurons alone already recommend: this is what each level "
            "keeps of the recommender."
        )
        show_table(pd.DataFrame(measured), level_columns(), alt="Agreement, accuracy and sparsity of each level")


def clear_concepts(run: Run) -> None:
    st.subheader("Concepts it has found", anchor=False)
    neurons = clearest_neurons(run.index)
    if not neurons:
        st.info("No neuron of this run has a clear meaning. Train longer or with more neurons.", icon=":material/info:")
        return
    st.caption("The clearest neurons of this run, each with the items on which it fires most strongly.")
    for start in range(0, len(neurons), 4):
        columns = st.columns(4)
        for column, neuron in zip(columns, neurons[start : start + 4], strict=False):
            with column:
                neuron_card(run, neuron)


def elsewhere() -> None:
    st.subheader("Other data, other settings", anchor=False)
    with st.container(horizontal=True):
        st.page_link("pages/Runs.py", label="All runs: compare, hand on, take in", icon=":material/folder_open:")
        st.page_link("pages/Train.py", label="Train another", icon=":material/model_training:")


def run_title(run: Run) -> str:
    return f"{base_model_title(run.config.recommender.kind)} on {run.dataset.name}"


ensure_shell()
introduction()
run = current_run()
headline_numbers(run)
comparison(run)
levels(run)
clear_concepts(run)
elsewhere()
