"""Every setting with its kind, range and sentence, read from where it is declared: what the command line lists and what
the Train page asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

_NULL = {"type": "null"}
_KINDS = {"integer": "whole", "number": "number"}


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
        low = None if self.low is None else f"{'more than' if self.above else 'from'} {limit_text(self.low)}"
        high = (
            None
            if self.high is None
            else f"{'less than' if self.below else 'to' if low else 'at most'} {limit_text(self.high)}"
        )
        if low and high and (self.above or self.below):
            high = f"{'less than' if self.below else 'at most'} {limit_text(self.high)}"
            return f"{low}, {high}.".capitalize()
        return f"{' '.join(part for part in (low, high) if part)}.".capitalize()


def limit_text(value: float) -> str:
    """A limit as text: 100,000, and 0.005."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"


def setting_fields(config: type[BaseModel], leave_out: tuple[str, ...] = ()) -> list[SettingField]:
    """The settings of one part of the configuration, in the order of their declaration."""
    schemas = config.model_json_schema()["properties"]
    return [
        _setting(name, field.default, schemas[name])
        for name, field in config.model_fields.items()
        if name not in leave_out
    ]


def _setting(name: str, default: Any, schema: dict[str, Any]) -> SettingField:
    """One setting from its JSON schema."""
    members = schema.get("anyOf", [schema])
    values = [member for member in members if member != _NULL]
    value = values[0] if len(values) == 1 else {}  # what may be several things is asked for as text
    choices = tuple(value.get("enum", [value["const"]] if "const" in value else []))
    return SettingField(
        name,
        "choice" if choices else _KINDS.get(value.get("type"), "text"),
        default,
        schema.get("description", ""),
        value.get("minimum", value.get("exclusiveMinimum")),
        value.get("maximum", value.get("exclusiveMaximum")),
        "exclusiveMinimum" in value,
        "exclusiveMaximum" in value,
        choices,
        optional=_NULL in members,
    )
