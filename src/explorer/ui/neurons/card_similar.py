"""Neurons that are alike, two of them side by side, and the place in the hierarchy."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.browse.card import compared, neighbours_of, shared_items
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import evidence as evidence_of_edge
from explorer.hierarchy.explain import why_no_parent
from explorer.runs import Run
from explorer.text import html_escape, md_escape
from explorer.ui.address import parameters_of
from explorer.ui.cache import stored_hierarchy
from explorer.ui.follow import link_html
from explorer.ui.grid import grid, ordered
from explorer.ui.links import ITEMS, neuron_link_html
from explorer.ui.tables import neighbour_columns
from explorer.ui.widgets import md

COMPARED = "card:compared"
"""In the session: the open neuron and the one beside it."""
_KINDS = {
    "direction": ("By direction", glossary.ALIKE_BY_DIRECTION),
    "items": ("By {items}", glossary.ALIKE_BY_ITEMS),
}
_ITEMS = 8


def show_similar(run: Run, neuron: int) -> None:
    """Nearest by direction and by items, one of them beside the neuron, and its parent and children."""
    if run.index.neighbours.empty:
        st.info(
            "This run did not keep which neurons are alike; `python -m explorer evaluate RUN --update` finds them.",
            icon=":material/info:",
        )
    else:
        _neighbours(run, neuron)
    _place(run, neuron)


def _neighbours(run: Run, neuron: int) -> None:
    tables = {kind: neighbours_of(run, neuron, kind) for kind in _KINDS}
    known = pd.concat(list(tables.values()))["other"].tolist()
    if not known:
        st.caption("No other neuron fires.")
        return
    by_items = tables["items"]["other"].tolist()
    of, other = st.session_state.get(COMPARED, (None, None))
    if of != neuron or other not in known:
        other = (by_items or known)[0]
    for column, (kind, (title, explanation)) in zip(st.columns(2, gap="small"), _KINDS.items(), strict=True):
        with column:
            st.markdown(f"**{title.format(items=run.dataset.nouns.items)}**", help=explanation)
            if tables[kind].empty:
                st.caption("None fires together with it.")
                continue
            key = f"similar:{kind}"
            grid(
                ordered(tables[kind], key),
                neighbour_columns(),
                key=key,
                ids="other",
                chosen=[other] if other in tables[kind]["other"].tolist() else [],
                on_choose=lambda rows: st.session_state.update({COMPARED: (neuron, rows[0])}),
                label=f"Neurons most alike {title.format(items=run.dataset.nouns.items).lower()}; a click compares",
                height=220,
            )
    _side_by_side(run, neuron, int(other))


def _side_by_side(run: Run, one: int, other: int) -> None:
    """Numbers and strongest items of two neurons."""
    labels, items = run.index.neurons["label"], run.dataset.nouns.items
    name = f"{other} · {labels.iloc[other]}"
    heads = ["", f"{one} · {labels.iloc[one]}", neuron_link_html(other, name)]
    rows = [
        [html_escape(row["what"]), html_escape(row["one"]), html_escape(row["other"])]
        for row in compared(run, one, other).to_dict("records")
    ]
    tops = [run.top_items(neuron, _ITEMS) for neuron in (one, other)]
    shared = set(tops[0]["row"]) & set(tops[1]["row"])
    lists = [_titles(top, shared) for top in tops]
    rows.append([f"Strongest {html_escape(items)}", *lists])
    head = "".join(f'<th scope="col">{text if i == 2 else html_escape(text)}</th>' for i, text in enumerate(heads))
    body = "".join(f'<tr><th scope="row">{a}</th><td>{b}</td><td>{c}</td></tr>' for a, b, c in rows)
    st.markdown("**Side by side**")
    st.html(
        f'<table class="ranked-list side-by-side" aria-label="Two neurons side by side"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
    top = run.config.neurons.top
    st.caption(
        f"{shared_items(run, one, other)} of the {top} strongest {items} are the same; in the lists they are bold."
    )


def _titles(top: pd.DataFrame, shared: set[int]) -> str:
    entries = []
    for row, item, title in zip(top["row"], top["item_id"], top["title"], strict=True):
        text = link_html(title, ITEMS, item=str(item))
        entries.append(f"<li>{f'<b>{text}</b>' if row in shared else text}</li>")
    return f"<ol>{''.join(entries)}</ol>"


def _place(run: Run, neuron: int) -> None:
    """Parent and children, as the hierarchy that is stored says; nothing for a dictionary of one level."""
    if len(run.sae.levels) < 2:
        return
    st.markdown("**In the hierarchy**", help=glossary.EDGE)
    found = stored_hierarchy(run)
    if found is None:
        st.caption("The hierarchy of this run is not stored yet; the Hierarchy page finds it.")
    else:
        _relatives(run, found, neuron)
    st.page_link(
        "pages/Hierarchy.py",
        label="Open it in the hierarchy",
        icon=":material/account_tree:",
        query_params=parameters_of("pages/Hierarchy.py", neuron=str(neuron)),
    )


def _relatives(run: Run, found: Hierarchy, neuron: int) -> None:
    parents, children = found.parents_of(neuron), found.children_of(neuron)
    level = f"Level {run.sae.level_of(neuron)} of {len(run.sae.levels)}."
    if parents:
        said = evidence_of_edge(found, neuron)
        _linked(run, f"{level} Parent", parents)
        if said:
            st.caption(md_escape(" ".join(said)))
    else:
        st.caption(md("{level} {why}", level=level, why=why_no_parent(found, neuron)))
    if children:
        _linked(run, "Children", children)
    else:
        st.caption("It has no children.")


def _linked(run: Run, what: str, neurons: list[int]) -> None:
    labels = run.index.neurons["label"]
    links = " · ".join(neuron_link_html(neuron, f"{neuron} {labels.iloc[neuron]}") for neuron in neurons)
    st.html(f'<p class="relatives">{html_escape(what)}: {links}</p>')
