"""The chosen concept in a few lines: what it is, its strongest items, and the pages that say more of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from explorer.browse.evidence import evidence
from explorer.runs import Run
from explorer.steering.setting import Setting, parameters_of_setting
from explorer.ui.cache import stamp_of
from explorer.ui.grid_data import href
from explorer.ui.kept import Kept, keep, kept_json
from explorer.ui.linking import SCRIPT, link
from explorer.ui.links import ITEMS, NEURONS

ITEMS_SHOWN = 8
_KEY = "hierarchy:card"
_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "explorer_concept_card",
    html='<section class="concept-card" aria-label="The chosen concept"></section>',
    css=(_HERE / "concept_card.css").read_text(encoding="utf-8"),
    js=SCRIPT + (_HERE / "concept_card.js").read_text(encoding="utf-8"),
)


def concept_card(run: Run, neuron: int) -> None:
    """Draw the card; all of it is read from the stored index. The browser keeps the names of all neurons."""
    names = keep(_names(stamp_of(run), run), _KEY)
    _component(key=_KEY, data={**card_data(run, neuron), "names": names, "link": link(run.digest, neuron)})


@st.cache_resource(max_entries=8, show_spinner=False)
def _names(stamp: str, _run: Run) -> Kept:
    return kept_json(_run.index.neurons["label"].tolist())


def card_data(run: Run, neuron: int) -> dict[str, Any]:
    """What the card says: texts as they are, and links as (text, address)."""
    return {
        "neuron": neuron,
        "name": run.index.neurons["label"].iloc[neuron],
        "sentence": evidence(run, neuron).sentence,
        "heading": f"Its strongest {run.dataset.nouns.items}",
        "items": [_item(row) for row in run.top_items(neuron, ITEMS_SHOWN).to_dict("records")],
        "links": [(text, href(page, **parameters)) for text, page, parameters in _links(run, neuron)],
    }


def _item(row: dict) -> tuple[str, str, str]:
    """Title, address, and what else is known of an item."""
    year = "" if pd.isna(row.get("year")) else str(int(row["year"]))
    about = " · ".join(filter(None, [year, ", ".join(map(str, row.get("genres", ())))]))
    return row["title"], href(ITEMS, item=str(row["item_id"])), about


def _links(run: Run, neuron: int) -> list[tuple[str, str, dict[str, str]]]:
    """To the whole card, to a list steered by it, and to its review."""
    number = str(neuron)
    links = [("Whole card", NEURONS, {"neuron": number})]
    users = run.index.rows_of("top_users", neuron)
    if len(users):
        user = str(run.dataset.users["user_id"].iloc[int(users["row"].iloc[0])])
        pinned = parameters_of_setting(run, Setting(pins=(number,)))
        steered = {name: text for name, text in pinned.items() if text}
        links.append(("Steer by it", "pages/Steering.py", {**steered, "user": user}))
    return [*links, ("Review it", "pages/Audit.py", {"neuron": number})]
