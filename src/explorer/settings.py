"""The base of every part of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

_WHOLE, _NUMBER, _OBJECT = "must be a whole number", "must be a number", "must be an object"
_REQUIREMENTS = {
    "missing": "is missing",
    "extra_forbidden": "is not a setting that this version knows",
    "greater_than_equal": "must be at least {ge:,}",
    "greater_than": "must be more than {gt:,}",
    "less_than_equal": "must be at most {le:,}",
    "less_than": "must be less than {lt:,}",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    "union_tag_invalid": "must have as {discriminator} one of {expected_tags}",
    "union_tag_not_found": "must have {discriminator}",
    "finite_number": "must be a finite number",
    "string_type": "must be a text",
    "string_too_long": "must have at most {max_length:,} characters",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), _OBJECT),
}


def requirement(fault: Mapping[str, Any]) -> str:
    """What a value must be that pydantic refuses, to follow its name in a sentence: `must be at least 1`.

    fault: one of `ValidationError.errors()`.
    """
    if fault["type"] in _REQUIREMENTS:
        return _REQUIREMENTS[fault["type"]].format(**fault.get("ctx", {}))
    message = " ".join(fault["msg"].split())
    return f"must {message.split(' should ', 1)[1]}" if " should " in message else f"is refused: {message}"


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
