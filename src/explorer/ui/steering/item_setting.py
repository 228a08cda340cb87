"""What is chosen in the view of one item: in the session, of each run its own, and in the address as
`item=42&item_edits=17:1.2&audience=top 10% of Horror`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from explorer.errors import UserError, quoted
from explorer.experiments.cohort import EVERYBODY
from explorer.experiments.items import find_item
from explorer.runs import Run
from explorer.steering import ConceptEdit, Edit, edits_text, read_edits
from explorer.steering.edits import check_edit
from explorer.steering.setting import fingerprint
from explorer.ui.address import show_address
from explorer.ui.steering.state import follow_address

PARAMETERS = ("item", "item_edits", "item_of", "audience")
"""Names in the address. `item_of` is the run's fingerprint, without which neurons' numbers mean nothing."""
_SETTINGS, _PROBLEMS = "item:settings", "item:problems"


@dataclass(frozen=True)
class ItemSetting:
    """Which item, what of it is changed, and for whom."""

    item: int | None = None
    """Row number; None where none was chosen."""
    changed: tuple[tuple[int, float], ...] = ()
    """Neurons and what they are set to, in units of items."""
    audience: str = EVERYBODY
    """A rule (`explorer.experiments.cohort`)."""

    @property
    def edits(self) -> list[Edit]:
        return [Edit(neuron, "set", value) for neuron, value in self.changed]


def item_setting(run: Run) -> ItemSetting:
    """What is chosen now."""
    return st.session_state.setdefault(_SETTINGS, {}).get(str(run.path), ItemSetting())


def change_item(run: Run, **new) -> None:
    """Replace fields of the setting. Another item starts unchanged."""
    st.session_state.pop(_PROBLEMS, None)
    now = item_setting(run)
    if "item" in new and new["item"] != now.item:
        new.setdefault("changed", ())
    st.session_state[_SETTINGS][str(run.path)] = replace(now, **new)


def set_value(run: Run, neuron: int, value: float | None) -> None:
    """Set one neuron of the item; None leaves it as it is."""
    values = {**dict(item_setting(run).changed), neuron: value}
    change_item(run, changed=tuple((k, v) for k, v in values.items() if v is not None))


def open_item_setting(run: Run) -> None:
    """Follow a new address, and say what of it could not be followed."""
    follow_address(run, PARAMETERS, read_item_setting, _SETTINGS, _PROBLEMS)


def keep_item_setting(run: Run, item: int) -> None:
    """The address is to say what is shown; a moved slider replaces it, so that Back leaves the item."""
    now = item_setting(run)
    edits = edits_text(now.edits)
    show_address(
        {
            "item": str(run.dataset.items["item_id"].iloc[item]),
            "item_edits": edits,
            "item_of": fingerprint(run) if edits else "",
            "audience": "" if now.audience == EVERYBODY else now.audience,
        },
        quiet=("item_edits", "item_of"),
    )


def read_item_setting(run: Run, asked: dict[str, str]) -> tuple[ItemSetting, list[str]]:
    """The setting that an address asks for, and a sentence for every part that was left out."""
    problems, item, values = [], None, {}
    if text := asked.get("item"):
        try:
            item = find_item(run, text)
        except UserError as error:
            problems.append(str(error))
    if text := asked.get("item_edits"):
        if item is None or asked.get("item_of") not in (None, fingerprint(run)):
            problems.append(f"The changes {quoted(text)} were made on another run or item; they are left out.")
        else:
            for part in filter(None, text.split(",")):
                try:
                    (edit,) = read_edits(part)
                    if isinstance(edit, ConceptEdit):
                        raise UserError(f"{edit.what} cannot be changed of one {run.dataset.nouns.item}.")
                    check_edit(edit, run.index.n, {})
                    values[edit.neuron] = edit.value
                except UserError as error:
                    problems.append(str(error))
    return ItemSetting(item, tuple(values.items()), asked.get("audience", EVERYBODY)), problems
