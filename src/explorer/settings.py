"""The base of every part of the configuration."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Settings(BaseModel):
    """Immutable settings that refuse unknown names. Every field is described where it is declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_values(cls, values: Any) -> Any:
        # No setting is a truth value, and pydantic would read `true` as the number 1.
        for name, value in values.items() if isinstance(values, dict) else ():
            if isinstance(value, bool):
                raise ValueError(f"{name} is {str(value).lower()}; it must be a number or a name")
        return values
