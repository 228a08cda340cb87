"""The first screen of a neuron's card: its name, the sentence that the evidence supports, what warns of the name, and
the numbers behind that."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.audit import Audit
from explorer.browse.card import facts_of, standing_text
from explorer.browse.evidence import Evidence, evidence
from explorer.figures.card_page import cards_html
from explorer.runs import Run
from explorer.steering.setting import Setting, parameters_of_setting
from explorer.text import md_escape
from explorer.ui.address import parameters_of
from explorer.ui.widgets import md


def show_head(run: Run, neuron: int, audit: Audit) -> None:
    """Name, what people say, what can be done with the neuron, the sentence, warnings, and numbers."""
    row, found = run.index.neurons.iloc[neuron], evidence(run, neuron)
    with st.container(key="card-head", gap="xxsmall"):
        _title(run, neuron, row)
        with st.container(horizontal=True, vertical_alignment="center", key="card-links"):
            _standing(run, neuron, audit)
            _links(run, neuron, audit)
        st.markdown(f"**{md_escape(found.sentence)}**")
        _warnings(found)
        if row["max_activation"] > 0:
            with st.container(horizontal=True, key="neuron-facts"):
                for label, value, explanation in facts_of(run, neuron):
                    st.metric(label, value, help=explanation, width="content")


def _title(run: Run, neuron: int, row: pd.Series) -> None:
    said = row.get("facets")
    st.subheader(
        md("{neuron} · {label}", neuron=neuron, label=row["label"]),
        anchor=False,
        help=glossary.NAME if pd.isna(said) else md("It says {said}.", said=said) + f"\n\n{glossary.NAME}",
    )


def _standing(run: Run, neuron: int, audit: Audit) -> None:
    """What people agree on, and the proposed name where they call it otherwise."""
    proposed = f"proposed: {run.proposed[neuron]}" if neuron in run.proposed else ""
    texts = filter(None, (standing_text(audit, neuron), proposed))
    st.caption(" · ".join(map(md_escape, texts)), width="stretch")


def _warnings(found: Evidence) -> None:
    if found.warnings:
        with st.container(horizontal=True, key="neuron-flags"):
            for text, explanation in found.warnings.items():
                st.markdown(f":orange-badge[{md_escape(text)}]", help=explanation, width="content")


def _links(run: Run, neuron: int, audit: Audit) -> None:
    """What can be done with it: review it, steer by it, take its card away."""
    st.page_link(
        "pages/Audit.py",
        label="Review",
        icon=":material/fact_check:",
        query_params=parameters_of("pages/Audit.py", neuron=str(neuron)),
        help="Review this neuron: say whether it stands for a concept, and name it.",
    )
    top = run.index.rows_of("top_users", neuron)
    if len(top):
        user = str(run.dataset.users["user_id"].iloc[int(top["row"].iloc[0])])
        pinned = parameters_of_setting(run, Setting(pins=(str(neuron),)))
        st.page_link(
            "pages/Steering.py",
            label="Steer",
            icon=":material/tune:",
            query_params=parameters_of(
                "pages/Steering.py", **{name: text for name, text in pinned.items() if text}, user=user
            ),
            help="The list of its strongest user, with this neuron's slider.",
        )
    st.download_button(
        "Export",
        lambda: cards_html(run, [neuron], audit),
        f"neuron-{neuron}.html",
        "text/html",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="This card as one HTML page, to print or to send; it needs nothing else.",
    )
