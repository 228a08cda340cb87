"""Every setting with its kind, range and sentence, read from where it is declared: what the command line lists and what
the Train page asks."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class SettingField:
    """A setting as a form asks for it."""

    name: str
    """Without its part: `k`, not `sae.k`."""
    kind: Literal["whole", "number", "choice", "text"]
    default: Any
    description: str
    low: float | None = None
    high: float | None = None
    above: bool = False
    """Whether `low` itself is too low."""
    below: bool = False
    """Whether `high` itself is too high."""
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def range(self) -> str:
        """The range in words; empty where there is none."""
        if self.choices:
            return f"One of {', '.join(self.choices)}."
        if self.low is None and self.high is None:
            return ""
        low = None if self.low is None else f"{'more than' if self.above else 'from'} {shown(self.low)}"
        high = (
            None
            if self.high is None
            else f"{'less than' if self.below else 'to' if low else 'at most'} {shown(self.high)}"
        )
        if low and high and (self.above or self.below):
            high = f"{'less than' if self.below else 'at most'} {shown(self.high)}"
            return f"{low}, {high}.".capitalize()
        return f"{' '.join(part for part in (low, high) if part)}.".capitalize()


def shown(value: float) -> str:
    """A limit as a person reads it: 100,000, and 0.005."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"


def setting_fields(config: type[BaseModel], leave_out: tuple[str, ...] = ()) -> list[SettingField]:
    """The settings of one part of the configuration, in the order of their declaration."""
    return [read_field(name, field) for name, field in config.model_fields.items() if name not in leave_out]


def read_field(name: str, field: FieldInfo) -> SettingField:
    """One setting."""
    members = _members(field.annotation)
    optional = type(None) in members
    members = [member for member in members if member is not type(None)]
    limits = {
        key: getattr(item, key) for item in field.metadata for key in ("ge", "gt", "le", "lt") if hasattr(item, key)
    }
    choices = tuple(
        choice for member in members for choice in (get_args(member) if get_origin(member) is Literal else ())
    )
    kind = "text"
    if members == [int]:
        kind = "whole"
    elif members == [float]:
        kind = "number"
    elif choices and len(choices) == sum(len(get_args(member)) for member in members):
        kind = "choice"
    else:
        choices = ()
    return SettingField(
        name,
        kind,
        field.default,
        field.description or "",
        limits.get("ge", limits.get("gt")),
        limits.get("le", limits.get("lt")),
        "gt" in limits,
        "lt" in limits,
        choices,
        optional,
    )


def _members(annotation: Any) -> list[Any]:
    return list(get_args(annotation)) if get_origin(annotation) in (Union, types.UnionType) else [annotation]
