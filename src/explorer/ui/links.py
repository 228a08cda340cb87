"""What titles, users and neurons in tables lead to, everywhere the same: the page about them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from explorer.runs import Run
from explorer.steering import Person
from explorer.ui.follow import link_html
from explorer.ui.grid import Link
from explorer.ui.grid_data import start_of

ITEMS, USERS, NEURONS = "pages/Items.py", "pages/Users.py", "pages/Neurons.py"


def item_links(table: pd.DataFrame, run: Run, /, column: str = "title", **also: str) -> dict[str, Link]:
    """For `links=` of a table of items: titles lead to the page of the item.

    table: has `item_id`, or `row`, the row number of each item.
    also: further parameters of the address, such as `user`, or `run` where it is not the chosen one.
    """
    ids = table["item_id"] if "item_id" in table else run.dataset.items["item_id"].iloc[table["row"]]
    return {column: Link(ITEMS, "item", ids.astype(str).tolist(), also)}


def user_links(values: Iterable[object], column: str = "user", **also: str) -> dict[str, Link]:
    """The same for a table of users; `values` are their ids in the order of its rows."""
    return {column: Link(USERS, "user", [str(value) for value in values], also)}


def neuron_links(values: Iterable[object], column: str = "label") -> dict[str, Link]:
    """The same for a table of neurons; a missing number is not a link."""
    return {column: Link(NEURONS, "neuron", [None if pd.isna(k) else str(int(k)) for k in values])}


def items_page(person: Person) -> str:
    """The address of the page of items for one person, up to the item's id."""
    return start_of(Link(ITEMS, "item", (), {} if person.user is None else {"user": str(person.user_id)}))


def neuron_link_html(neuron: int, text: object) -> str:
    """A link to the page of a neuron, for `st.html`."""
    return link_html(text, NEURONS, neuron=str(neuron))
