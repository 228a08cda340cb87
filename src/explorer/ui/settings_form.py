"""Settings as widgets: one per field, made from where the field is declared."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.config import parse_value
from explorer.config.fields import SettingField, shown
from explorer.errors import UserError

_LABELS = {
    "dim": "Dimensions",
    "k": "k, neurons per item",
    "k_users": "k, neurons per user",
    "width": "Neurons",
    "prefix_widths": "Matryoshka prefixes",
    "l1_weight": "L1 weight",
    "kl_weight": "KL weight",
    "top": "Top items kept",
    "min_rating": "Least rating",
    "min_item_interactions": "Least users per item",
    "min_support": "Least users to be ranked",
}
"""Labels that are not the name of the setting."""


def label(name: str) -> str:
    """What a setting is called on a page."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def setting_widget(field: SettingField, key: str, start: Any, fitted: Any) -> Any:
    """Ask for one setting; returns its value, None where it is left open. `start`: the preset's value; `fitted`: what
    an open one becomes on the chosen data set."""
    explanation = f"{field.description} {field.range if field.kind != 'choice' else ''}\n\n`{key.split(':')[-1]}`"
    options = {"key": key, "help": explanation, "persist_state": "session"}
    usual = shown(fitted) if isinstance(fitted, int | float) else ""
    open_ = {"placeholder": f"automatic: {usual}" if usual else "none"}
    if field.kind == "choice":
        return st.selectbox(label(field.name), field.choices, index=field.choices.index(start), **options)
    if field.kind == "whole":
        low, high = (None if limit is None else int(limit) for limit in (field.low, field.high))
        return st.number_input(label(field.name), low, high, value=start, step=1, **open_, **options)
    if field.kind == "number":
        low, high = (None if limit is None else float(limit) for limit in (field.low, field.high))
        value = None if start is None else float(start)
        return st.number_input(
            label(field.name),
            low,
            high,
            value=value,
            format="%g",
            step=_step(value),
            **open_,
            **options,
        )
    text = st.text_input(
        label(field.name), "" if start is None else _text(start), placeholder="none: leave empty", **options
    ).strip()
    if not text:
        return None
    value = parse_value(text)
    if isinstance(value, bool):
        raise UserError(f"{label(field.name)} cannot be {text!r}; give numbers like [64, 128].")
    return value


def _step(value: float | None) -> float:
    """About a tenth of the value, so that the arrows do something useful."""
    if not value:
        return 0.1
    return float(f"1e{len(str(int(value))) - 2}") if value >= 1 else 10.0 ** (int(f"{value:e}".split("e")[1]) - 1)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(list(value))
