"""Items on which a neuron fires, in two lines each: nothing is cut, and the list scrolls within its box."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.data.nouns import Nouns
from explorer.text import html_escape
from explorer.ui.follow import link_html
from explorer.ui.links import ITEMS


def item_list(table: pd.DataFrame, nouns: Nouns, label: str, most: float) -> None:
    """Show items of `browse.card.items_of`.

    label: what the list is, for who cannot see it.
    most: the activation of a full bar.
    """
    rows = "".join(_row(row, most) for row in table.to_dict("records"))
    place = "#" if "rank" in table else "Below"
    about = "" if "rank" in table else ' title="How many of the neuron\'s activations are below"'
    name = '<th scope="col" class="bears" title="Whether it bears the neuron\'s proposed name">Name</th>'
    st.html(
        f'<div class="item-list" role="region" tabindex="0" aria-label="{html_escape(label)}"><table>'
        f'<thead><tr><th scope="col" class="place"{about}>{place}</th>'
        f'<th scope="col">{html_escape(nouns.item.capitalize())}</th>{name if "bears" in table else ""}'
        '<th scope="col" title="The activation, and the part of its range">Activation</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(row: dict, most: float) -> str:
    year = "" if pd.isna(row["year"]) else str(int(row["year"]))
    about = " · ".join(filter(None, [year, ", ".join(map(str, row["genres"])), f"{row['popularity']:,} users"]))
    place = row.get("rank", row.get("share"))
    has = row.get("bears")
    bears = "" if has is None else f'<td class="bears">{"✓" if has else ""}</td>'
    width = 100 * min(max(row["activation"] / most, 0), 1) if most else 0
    return (
        f'<tr><td class="place">{"" if place is None else html_escape(place)}</td>'
        f"<td>{link_html(row['title'], ITEMS, item=str(row['item_id']))}"
        f"<small>{html_escape(about)}</small></td>{bears}"
        f'<td class="strength"><span class="bar"><i style="width:{width:.1f}%"></i></span>'
        f"<b>{row['activation']:.2f}</b><small>{html_escape(row['strength'])}</small></td></tr>"
    )
