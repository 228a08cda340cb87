"""Everything that decides a run, in one value: defaults ← TOML file ← command line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w
from pydantic import BaseModel, Field, ValidationError, model_validator

from explorer.config.fields import SettingField, setting_fields
from explorer.config.presets import preset_settings
from explorer.data import DataConfig
from explorer.errors import UserError, listed, shortened
from explorer.neurons import NeuronConfig
from explorer.recommenders import BASE_MODELS, AlsConfig, RecommenderConfig, base_model_configs
from explorer.sae import ACTIVATIONS, COARSE, PREFIXES, MpConfig, SaeConfigs, coarse_width
from explorer.settings import Settings, requirement
from explorer.storage.toml import read_toml


class Choice(NamedTuple):
    """A part of the configuration that comes in kinds: the field that names the kind, and the kinds."""

    tag: str
    registered: Callable[[], dict[str, type[BaseModel]]]

    @property
    def configs(self) -> dict[str, type[BaseModel]]:
        """The settings class of every kind there is now."""
        return self.registered()


CHOICES = {
    "recommender": Choice("kind", base_model_configs),
    "sae": Choice("activation", lambda: {config.model_fields["activation"].default: config for config in ACTIVATIONS}),
}


class Sizes(NamedTuple):
    """Sizes that fit a catalogue: a dictionary much wider than the data has concepts splits them into crumbs."""

    dim: int
    width: int
    k: int
    k_users: int


SMALL_CATALOGUE = 2000
SMALL, LARGE = Sizes(dim=32, width=34, k=8, k_users=8), Sizes(dim=64, width=66, k=32, k_users=16)


class RunConfig(Settings):
    """The settings of a run. Every field of every part says what it is where it is declared."""

    seed: int = Field(0, ge=0, le=2**32 - 1, description="Decides the split, the base model and the training.")
    data: DataConfig = DataConfig()
    recommender: RecommenderConfig = AlsConfig()
    sae: SaeConfigs = MpConfig()
    neurons: NeuronConfig = NeuronConfig()

    @model_validator(mode="before")
    @classmethod
    def _default_kinds(cls, values: Any) -> Any:
        """`--set sae.k=16` alone means the default kind of autoencoder."""
        if isinstance(values, dict):
            values = dict(values)
            for part, choice in CHOICES.items():
                if isinstance(values.get(part), dict):
                    default = getattr(cls.model_fields[part].default, choice.tag)
                    values[part] = {choice.tag: default, **values[part]}
        return values

    @model_validator(mode="after")
    def _recommender_has_the_loss(self):
        form, kind = self.sae.prediction_form, self.recommender.kind
        if form == "bce" and self.sae.prediction_weight and not BASE_MODELS[kind].logits:
            others = " or ".join(name for name, known in BASE_MODELS.items() if known.logits)
            raise ValueError(
                f"sae.prediction_form='bce' needs a base model whose score is a logit, and that of {kind} is not: "
                f"use 'mse' or 'listwise', or recommender.kind={others}"
            )
        return self

    def with_defaults_for(self, n_items: int) -> RunConfig:
        """The same configuration with every size that it leaves open (None) chosen for a catalogue."""
        sizes = SMALL if n_items < SMALL_CATALOGUE else LARGE
        values = self.model_dump()
        prefixes = self.sae.prefix_widths
        width = self.sae.width or (sizes.width if prefixes is None or prefixes in PREFIXES else prefixes[-1])
        if prefixes == COARSE and self.sae.width is None:
            width += coarse_width(width)  # so that the fine level is as large as a dictionary without levels
        brought = BASE_MODELS[self.recommender.kind].length(self.recommender) if self.recommender.dim is None else None
        dim = brought or sizes.dim
        open_sizes = [("recommender", "dim", dim), ("sae", "width", width), ("sae", "k", min(sizes.k, width))]
        if getattr(self.sae, "k", 0) is None:  # k set alone is meant for both sides
            open_sizes.append(("sae", "k_users", min(sizes.k_users, width)))
        for part, name, size in open_sizes:
            if name in values[part] and values[part][name] is None:
                values[part][name] = size
        try:
            return RunConfig.model_validate(values)
        except ValidationError as error:
            raise UserError(_explain(error, f" (defaults for {n_items:,} items)")) from None


def load_config(
    file: Path | None = None, settings: list[str] = (), preset: str | None = None, **overrides: Any
) -> RunConfig:
    """Build a `RunConfig` from a preset, a TOML file, `KEY=VALUE` settings with dotted keys, and dotted overrides.

    Later wins. Raises `UserError` with the setting's name, its value and what is allowed.
    """
    values = read_toml(file, "The configuration file") if file else {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise UserError(f"--set {setting!r} is not KEY=VALUE, for example sae.k=16.")
        _put(values, key.strip(), parse_value(text.strip()))
    for key, value in overrides.items():
        if value is not None:
            _put(values, key, value)
    if preset:
        values = _over_preset(preset, values)
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise UserError(_explain(error, f" (file {file})" if file else "")) from None


def _over_preset(preset: str, values: dict) -> dict:
    """The settings of a preset with nested values put over them. Where these choose another kind, what only the
    preset's kind has is left out."""
    whole: dict = {}
    for key, value in preset_settings(preset).items():
        _put(whole, key, value)
    for part, choice in CHOICES.items():
        own = values.get(part)
        chosen = choice.configs.get(own.get(choice.tag)) if isinstance(own, dict) else None
        if chosen is not None:
            whole[part] = {name: value for name, value in whole.get(part, {}).items() if name in chosen.model_fields}
    _merge(whole, values)
    return whole


def _merge(values: dict, others: dict) -> None:
    """Put nested values over others, in place."""
    for key, value in others.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            _merge(values[key], value)
        else:
            values[key] = value


def parse_value(text: str) -> Any:
    """A value as TOML reads it; anything else is text, so that `recommender.kind=mf` needs no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def value_text(value: Any) -> str:
    """A value so that `parse_value` reads it again; words stay without quotes."""
    if isinstance(value, list):
        return (
            f"[{', '.join(json.dumps(v, ensure_ascii=False) if isinstance(v, str) else value_text(v) for v in value)}]"
        )
    if isinstance(value, str) and value == parse_value(value.strip()):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)


def _put(values: dict, key: str, value: Any) -> None:
    *parts, last = key.split(".")
    for part in parts:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise UserError(f"The setting {key!r} does not exist: {part!r} is a single value.")
    values[last] = value


def _explain(error: ValidationError, where: str) -> str:
    """The first thing that is wrong, in one sentence."""
    first, *others = error.errors()
    more = f" {len(others)} more settings are wrong too." if others else ""
    path = [str(part) for part in first["loc"]]
    kind = path.pop(1) if len(path) > 1 and path[0] in CHOICES else None
    name = ".".join(path) or "the configuration"
    if first["type"] == "extra_forbidden":
        part = path[0] if len(path) > 1 else None
        known = CHOICES[part].configs[kind] if kind else type(RunConfig().__dict__[part]) if part else RunConfig
        of = f"{part} ({kind})" if kind else part or "the configuration"
        return f"{name!r} is not a setting{where}: {of} has {listed(known.model_fields, most=99)}.{more}"
    if first["type"].startswith("union_tag"):
        choice = CHOICES[name]
        chosen = first["ctx"].get("tag")
        return f"{name}.{choice.tag} is {chosen!r}{where}; it must be one of {listed(choice.configs)}.{more}"
    if first["type"] == "value_error":
        return f"{name}: {first['msg'].removeprefix('Value error, ')}{where}.{more}"
    return f"{name} {requirement(first)}, not {shortened(repr(first['input']))}{where}.{more}"


def to_toml(config: RunConfig) -> str:
    """The whole configuration as a file for `load_config`; settings that are left open are left out."""
    return tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))


def describe_settings() -> list[tuple[str, str, str]]:
    """Every setting with its default and its sentence: what `train --settings` lists and the pages explain."""
    rows = [_row("", field) for field in setting_fields(RunConfig) if field.name == "seed"]
    default = RunConfig()
    for part in list(RunConfig.model_fields)[1:]:
        choice = CHOICES.get(part)
        own = type(getattr(default, part))
        rows += [_row(f"{part}.", field) for field in setting_fields(own)]
        shared: dict[tuple[str, str, str], list[str]] = {}
        for kind, config in choice.configs.items() if choice else ():
            for field in setting_fields(config, leave_out=tuple(own.model_fields)):
                shared.setdefault(_row(f"{part}.", field), []).append(kind)
        rows += [
            (name, default, f"{text} ({choice.tag}={' or '.join(kinds)})")
            for (name, default, text), kinds in shared.items()
        ]
    return rows


def _row(prefix: str, field: SettingField) -> tuple[str, str, str]:
    name = field.name
    kinds = next((c for part, c in CHOICES.items() if prefix == f"{part}." and c.tag == name), None)
    text = f"One of {listed(kinds.configs)}." if kinds else f"{field.description} {field.range}".strip()
    open_size = name in Sizes._fields and field.default is None
    default = f"{getattr(LARGE, name)} or {getattr(SMALL, name)}" if open_size else str(field.default)
    if open_size:
        text += f" Default: {getattr(LARGE, name)}, or {getattr(SMALL, name)} for under {SMALL_CATALOGUE:,} items."
    return f"{prefix}{name}", default, text
