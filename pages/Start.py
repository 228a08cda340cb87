"""What this is, how good the chosen run is, and its clearest concepts."""

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.measures import COVERAGE, HELD_OUT, HELD_OUT_DEPTHS, NDCG, RBO, measure
from explorer.neurons import clearest_neurons
from explorer.recommenders import base_model_title
from explorer.runs import Run, is_rotation, lacks_measures, not_measured
from explorer.text import number
from explorer.ui.address import parameters_of
from explorer.ui.cards import metric_row, neuron_card
from explorer.ui.frame import PAGES, ensure_shell, page_header
from explorer.ui.run_picker import current_run
from explorer.ui.tables import baseline_columns, level_columns, show_table
from explorer.ui.widgets import md


def introduction() -> None:
    page_header(
        "What has this recommender learned?",
        "A recommender keeps users and items as long rows of numbers that nobody can read. Here they are translated "
        "into **neurons**, each of which stands for one concept.",
    )


def next_steps() -> None:
    with st.container(horizontal=True, key="next-steps"):
        for page, label in {
            "pages/Neurons.py": "Browse all neurons",
            "pages/Steering.py": "Steer a user's list",
            "pages/Runs.py": "Compare, export and import runs",
            "pages/Train.py": "Train another run",
        }.items():
            st.page_link(page, label=label, icon=PAGES[page][1], query_params=parameters_of(page), width="content")


def headline_numbers(run: Run) -> None:
    metrics = run.metrics
    model, fidelity = metrics.recommender, metrics.fidelity
    title = md(
        "How well do the neurons explain {model} on {data}?",
        model=base_model_title(run.config.recommender.kind),
        data=run.dataset.name,
    )
    st.subheader(title, anchor=False)
    found, beside = metrics.concepts, metrics.baselines.fastica
    cover, held, rbo, ndcg = (measure(key) for key in (COVERAGE, HELD_OUT, RBO, NDCG))
    halves = found and found.held_out.purity[HELD_OUT_DEPTHS[0]]
    covered, pure = cover.text(found and found.coverage.energy), held.text(halves and halves.mean)
    named = f"{measure('named').text(found.named)} of live neurons named" if found else "not measured"
    spread = f"± {held.text(halves.sd)}" if halves and halves.sd is not None else ""
    alike = beside and held.text((beside.held_out_purity or {}).get(HELD_OUT_DEPTHS[0]))
    of_halves = "; ".join(filter(None, (spread, beside and f"FastICA {alike}"))) if found else "not measured"
    agree = (f"FastICA {rbo.text(beside.rbo)}; " if beside else "") + "1 is the same list"
    numbers = [
        (cover.short, covered, named, cover.term),
        (held.short, pure, of_halves, held.term),
        (f"List agreement, {rbo.short}", rbo.text(fidelity.rbo), agree, rbo.term),
        (
            f"Accuracy, {ndcg.short}",
            ndcg.text(model.ndcg),
            f"{ndcg.text(fidelity.ndcg)} rebuilt; 1 is perfect",
            ndcg.term,
        ),
    ]
    metric_row(numbers)
    how_many_fire(run)
    for remark in not_measured(metrics):
        st.caption(md("{remark}", remark=remark))
    if rotation := is_rotation(metrics):
        st.warning(rotation, icon=":material/warning:")
    if lacking := lacks_measures(metrics, run.path):
        st.info(lacking, icon=":material/update:")


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


def comparison(run: Run) -> None:
    """The same measures without an autoencoder."""
    baselines = run.metrics.baselines
    rows = baselines.rows()
    for row in rows:
        row["significant"] = f"{share(row['significant'])} ({share(row['measured'])})"
    alike = number(baselines.neurons.ms_base_rate, "{:.2f}")
    with st.expander("Is that more than chance? The same measures without an autoencoder", icon=":material/balance:"):
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
    with st.expander("Each level of the dictionary as a recommender of its own", icon=":material/stacks:"):
        st.caption(
            "The first neurons of the dictionary alone already recommend. This is what each level keeps of the "
            "recommender."
        )
        show_table(pd.DataFrame(measured), level_columns(), alt="Agreement, accuracy and sparsity of each level")


def clear_concepts(run: Run) -> None:
    st.subheader("Concepts it has found", anchor=False)
    neurons = clearest_neurons(run.index)
    if not neurons:
        st.info("No neuron of this run has a clear meaning. Train longer or with more neurons.", icon=":material/info:")
        return
    st.caption(f"The clearest neurons of this run, each with its strongest {run.dataset.nouns.items}.")
    for start in range(0, len(neurons), 4):
        for column, neuron in zip(st.columns(4), neurons[start : start + 4], strict=False):
            with column:
                neuron_card(run, neuron)


ensure_shell()
introduction()
run = current_run()
next_steps()
headline_numbers(run)
clear_concepts(run)
comparison(run)
levels(run)
