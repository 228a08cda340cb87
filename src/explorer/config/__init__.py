"""The configuration of a run: every setting with its default and its sentence, and the presets."""

from explorer.config.presets import PRESETS
from explorer.config.run_config import (
    RunConfig,
    describe_settings,
    load_config,
    parse_value,
    to_toml,
    value_text,
)

__all__ = [
    "PRESETS",
    "RunConfig",
    "describe_settings",
    "load_config",
    "parse_value",
    "to_toml",
    "value_text",
]
