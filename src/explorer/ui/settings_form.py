"""Settings as widgets: one per field, made from where the field is declared."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from explorer.config import parse_value
from explorer.config.fields import SettingField, limit_text, setting_fields
from explorer.config.run_config import CHOICES, RunConfig
from explorer.errors import UserError
from explorer.jobs.plan import setting

PARTS = {"data": "Data", "recommender": "Base model", "sae": "Autoencoder", "neurons": "Neurons"}
_COLUMNS = 3
_LABELS = {
    "dim": "Dimensions",
    "k": "k, neurons per item",
    "k_users": "k, neurons per user",
    "width": "Neurons",
    "prefix_widths": "Matryoshka prefixes",
    "l1_weight": "L1 weight",
    "kl_weight": "KL weight",
    "top": "Top items kept",
    "min_rating": "Minimum rating",
    "min_item_interactions": "Minimum users per item",
    "min_support": "Minimum users to be ranked",
}
"""Labels that are not the name of the setting."""


def label(name: str) -> str:
    """What a setting is called on a page."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def settings_tabs(
    tabs: list, start: RunConfig, defaults: RunConfig, key: str, asked: Collection[str] = ()
) -> dict[str, Any]:
    """Ask for every setting of the chosen kinds of models; returns the values by dotted key.

    tabs: one per part of `PARTS`.
    start: what the fields begin with.
    defaults: the same with what open settings become on the chosen data set.
    key: begins the keys of the widgets.
    asked: dotted keys that are asked for elsewhere.
    """
    values = {}
    for tab, part in zip(tabs, PARTS, strict=True):
        settings = getattr(start, part)
        tag = CHOICES[part].tag if part in CHOICES else None
        kind = getattr(settings, tag) if tag else ""
        columns = tab.columns(_COLUMNS)
        for i, field in enumerate(setting_fields(type(settings), leave_out=(tag,) if tag else ())):
            name = f"{part}.{field.name}"
            if name in asked:
                continue
            with columns[i % _COLUMNS]:
                values[name] = setting_widget(
                    field, f"{key}:{kind}:{name}", setting(start, name), setting(defaults, name)
                )
    return values


def setting_widget(field: SettingField, key: str, start: Any, default: Any) -> Any:
    """Ask for one setting; returns its value, None where it is left open.

    start: what the field begins with.
    default: what an open setting becomes on the chosen data set.
    """
    explanation = f"{field.description} {field.range if field.kind != 'choice' else ''}\n\n`{key.split(':')[-1]}`"
    options = {"key": key, "help": explanation, "persist_state": "session"}
    usual = limit_text(default) if isinstance(default, int | float) else ""
    open_ = {"placeholder": f"default for this data: {usual}" if usual else "none"}
    if field.kind == "choice":
        return st.selectbox(label(field.name), field.choices, index=field.choices.index(start), **options)
    if field.kind == "whole":
        low, high = (None if limit is None else int(limit) for limit in (field.low, field.high))
        return st.number_input(label(field.name), low, high, value=start, step=1, **open_, **options)
    if field.kind == "number":
        low, high = (None if limit is None else float(limit) for limit in (field.low, field.high))
        value = None if start is None else float(start)
        step = _step(value)
        return st.number_input(label(field.name), low, high, value=value, format="%g", step=step, **open_, **options)
    text = st.text_input(label(field.name), _text(start), placeholder="none", **options).strip()
    if not text:
        return None
    value = parse_value(text)
    if isinstance(value, bool):
        raise UserError(f"{label(field.name)} must be numbers, like [64, 128], not {text!r}.")
    return value


def _step(value: float | None) -> float:
    """About a tenth of the value, so that the arrows do something useful."""
    if not value:
        return 0.1
    return float(f"1e{len(str(int(value))) - 2}") if value >= 1 else 10.0 ** (int(f"{value:e}".split("e")[1]) - 1)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(list(value))
