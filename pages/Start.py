"""What this is, how good the chosen run is, its clearest concepts, and which runs there are."""

import pandas as pd
import streamlit as st

from explorer.data import find_sources
from explorer.neurons import clearest_neurons
from explorer.recommenders import kind_title
from explorer.runs import Run
from explorer.ui import words
from explorer.ui.cards import neuron_card
from explorer.ui.columns import baseline_columns, level_columns, show_table
from explorer.ui.shell import ALL_DATASETS, current_run, ensure_shell, train_command
from explorer.ui.state import runs_by_name
from explorer.ui.text import md_escape, number


def introduction() -> None:
    st.title("What has this recommender understood?")
    st.caption(
        "A recommender keeps users and items as long rows of numbers that nobody can read. Concept Explorer "
        "translates them into **neurons**, each of which stands for one concept: a genre, an era, popularity. "
        "Browse them under Neurons, then turn them up and down for a user under Steering."
    )


def headline_numbers(run: Run) -> None:
    metrics = run.metrics
    model, sae, fidelity = metrics["recommender"], metrics["sae"], metrics["fidelity"]
    purity = metrics["purity"]["10"]["mean"]
    st.subheader(f"How well do the neurons explain {md_escape(run_title(run))}?", anchor=False)
    explained = " / ".join(number(sae[name], "{:.0%}") for name in ("ev_items", "ev_users"))
    rebuilt = number(fidelity["ndcg@20"], "{:.3f}")
    numbers = [
        ("Purity@10", number(purity, "{:.0%}"), "best neuron per genre", words.MEAN_PURITY),
        ("List agreement", number(fidelity["rbo@30"], "{:.2f}"), "RBO@30, neurons alone", words.RBO),
        ("Accuracy", number(model["ndcg@20"], "{:.3f}"), f"NDCG@20, {rebuilt} neurons", words.NDCG),
        ("Explained", explained, "items / users", words.EXPLAINED_VARIANCE),
    ]
    for column, (label, value, below, explanation) in zip(st.columns(len(numbers)), numbers, strict=True):
        column.metric(
            label,
            value,
            delta=below,
            delta_color="off",
            delta_arrow="off",
            help=explanation,
            border=True,
            height="stretch",
        )
    st.caption(
        f"{sae['l0_items']:.1f} of {sae['width']} neurons fire for an item and {sae['l0_users']:.1f} for a user, "
        f"on average; {sae['dead']} never fire.",
        help=words.L0,
    )


_COMPARED = {
    "neurons": "These neurons",
    "raw": "Raw dimensions",
    "pca": "Principal components",
    "random": "Random directions",
    "permuted": "Neurons, genres shuffled",
}


def comparison(run: Run) -> None:
    """What the same measures say of what is no autoencoder."""
    baselines = run.metrics["baselines"]
    rows = []
    for name, what in _COMPARED.items():
        measured = dict(baselines[name])
        shares = f"{share(measured['significant'])} ({share(measured['measured'])})"
        purity = {f"purity@{k}": value for k, value in measured.pop("purity").items()}
        rows.append({**measured, **purity, "what": what, "significant": shares})
    alike = number(baselines["neurons"]["ms_base_rate"], "{:.2f}")
    with st.expander("Is that more than chance? The same measures without the autoencoder", icon=":material/balance:"):
        st.caption(words.BASELINES)
        show_table(
            pd.DataFrame(rows), baseline_columns(alike), alt="Neurons compared with raw dimensions, PCA and chance"
        )


def share(value: float | None) -> str:
    return number(value, "{:.0%}")


def levels(run: Run) -> None:
    """Every Matryoshka level as a recommender of its own."""
    measured = run.metrics["levels"]
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


def shelf() -> None:
    st.subheader("Data sets and runs", anchor=False)
    runs = runs_by_name()
    rows = []
    for name, entry in runs.items():
        if entry.problem:
            rows.append({"run": name, "state": entry.problem})
            continue
        metrics = entry.manifest["metrics"]
        rows.append(
            {
                "run": name,
                "state": "ready",
                "dataset": metrics["dataset"]["name"],
                "model": kind_title(metrics["recommender"]["kind"]),
                "neurons": metrics["sae"]["width"],
                "purity": None if metrics["purity"]["10"]["mean"] is None else 100 * metrics["purity"]["10"]["mean"],
                "rbo": metrics["fidelity"]["rbo@30"],
                "ndcg": metrics["recommender"]["ndcg@20"],
                "seed": entry.manifest["config"]["seed"],
                "created": entry.manifest["created"],
            }
        )
    table = pd.DataFrame(rows)
    if "created" in table:
        table["created"] = pd.to_datetime(table["created"], errors="coerce")
    key = f"shelf-{'|'.join(runs)}"  # a row number must never be read against other rows
    st.caption("Choose a run on the left, or click its row here.")
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        on_select=lambda: open_selected(list(runs), key),
        selection_mode="single-row",
        column_config={
            "run": st.column_config.TextColumn("Run"),
            "state": st.column_config.TextColumn("State"),
            "dataset": st.column_config.TextColumn("Data set"),
            "model": st.column_config.TextColumn("Base model"),
            "neurons": st.column_config.NumberColumn("Neurons", format="localized"),
            "purity": st.column_config.NumberColumn("Purity@10", format="%.0f %%", help=words.MEAN_PURITY),
            "rbo": st.column_config.NumberColumn("RBO@30", format="%.2f", help=words.RBO),
            "ndcg": st.column_config.NumberColumn("NDCG@20", format="%.3f", help=words.NDCG),
            "seed": st.column_config.NumberColumn("Seed", format="%d"),
            "created": st.column_config.DatetimeColumn("Trained", format="YYYY-MM-DD HH:mm"),
        },
    )
    trained = {entry.dataset for entry in runs.values()}
    waiting = [source.name for source in find_sources() if source.name not in trained]
    with st.expander("Train a run on another data set or with other settings", icon=":material/terminal:"):
        if waiting:
            st.text(f"Data sets without a run: {', '.join(waiting)}")
        st.caption(
            "Training runs on the command line. A data set is a folder with interactions.csv and items.csv, or the "
            "unpacked archive of MovieLens or Last.fm. When the run is written, reload this page."
        )
        st.code(train_command(waiting[0] if waiting else "demo"), language="bash")


def open_selected(names: list[str], key: str) -> None:
    """Open the run of the clicked row; a second click on the same row leaves it open."""
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(names):
        st.session_state["dataset"] = ALL_DATASETS
        st.session_state["run"] = names[rows[0]]


def run_title(run: Run) -> str:
    return f"{kind_title(run.config.recommender.kind)} on {run.dataset.name}"


ensure_shell()
introduction()
run = current_run()
headline_numbers(run)
comparison(run)
levels(run)
clear_concepts(run)
shelf()
