"""Move a user's concepts and see the list change; split a score into concepts."""

from explorer.steering.attribution import (
    DOSES,
    affinity,
    contributions,
    main_neurons,
    reasons,
    strongest_effects,
)
from explorer.steering.by_level import level_lists
from explorer.steering.effect import ListEffect, list_effect, move_text
from explorer.steering.steer import (
    Edit,
    SteeredLists,
    apply_edits,
    steer,
)

__all__ = [
    "DOSES",
    "Edit",
    "ListEffect",
    "SteeredLists",
    "affinity",
    "apply_edits",
    "contributions",
    "level_lists",
    "list_effect",
    "main_neurons",
    "move_text",
    "reasons",
    "steer",
    "strongest_effects",
]
