"""The chosen concept in a few lines: what it is, its strongest items, and the pages that say more of it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.browse.evidence import evidence
from explorer.runs import Run
from explorer.steering.setting import Setting, parameters_of_setting
from explorer.text import html_escape
from explorer.ui.follow import link_html
from explorer.ui.links import ITEMS, NEURONS

ITEMS_SHOWN = 8
_AUDIT, _STEERING = "pages/Audit.py", "pages/Steering.py"


def concept_card(run: Run, neuron: int) -> None:
    """The card; all of it is read from the stored index."""
    st.html(card_html(run, neuron))


def card_html(run: Run, neuron: int) -> str:
    """The card as HTML; names and titles are shown as they are."""
    name = run.index.neurons["label"].iloc[neuron]
    top = run.top_items(neuron, ITEMS_SHOWN)
    items, sentence = run.dataset.nouns.items, evidence(run, neuron).sentence
    listed = (
        f"<h5>Its strongest {html_escape(items)}</h5><ol>{''.join(map(_item, top.to_dict('records')))}</ol>"
        if len(top)
        else ""
    )
    return (
        f'<section class="concept-card" aria-label="The chosen concept"><h4>{neuron} · {html_escape(name)}</h4>'
        f"<p>{html_escape(sentence)}</p>{listed}<nav>{''.join(_links(run, neuron))}</nav></section>"
    )


def _item(row: dict) -> str:
    year = "" if pd.isna(row.get("year")) else str(int(row["year"]))
    about = " · ".join(filter(None, [year, ", ".join(map(str, row.get("genres", ())))]))
    small = f" <small>{html_escape(about)}</small>" if about else ""
    return f"<li>{link_html(row['title'], ITEMS, item=str(row['item_id']))}{small}</li>"


def _links(run: Run, neuron: int) -> list[str]:
    """To the whole card, to lists steered by it, and to its review."""
    number = str(neuron)
    made = [link_html("Whole card", NEURONS, neuron=number)]
    users = run.index.rows_of("top_users", neuron)
    if len(users):
        user = str(run.dataset.users["user_id"].iloc[int(users["row"].iloc[0])])
        pinned = parameters_of_setting(run, Setting(pins=(number,)))
        made.append(link_html("Steer by it", _STEERING, **{k: text for k, text in pinned.items() if text}, user=user))
    made.append(link_html("Review it", _AUDIT, neuron=number))
    return made
