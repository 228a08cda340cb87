"""What a user chooses among by name: here, so that the command line knows it before anything heavy is imported."""

from __future__ import annotations

from typing import Literal, get_args

MapKind = Literal["neurons", "items", "users", "together"]
MAP_KINDS: tuple[MapKind, ...] = get_args(MapKind)
SteeringMode = Literal["exact", "paper"]
STEERING_MODES: tuple[SteeringMode, ...] = get_args(SteeringMode)
SteeringUnit = Literal["max", "activation"]
STEERING_UNITS: tuple[SteeringUnit, ...] = get_args(SteeringUnit)
