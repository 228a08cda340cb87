"""Move a user's concepts and see the list change; split a score into concepts."""

from explorer.steering.attribution import (
    DOSES,
    ScoreParts,
    affinity,
    contributions,
    is_exact,
    main_neurons,
    reasons,
    score_parts,
    strongest_effects,
)
from explorer.steering.by_level import LevelList, LevelLists, level_lists
from explorer.steering.effect import ListEffect, list_effect, move_text
from explorer.steering.steer import (
    MODES,
    UNITS,
    Action,
    Edit,
    Mode,
    SteeredLists,
    Unit,
    apply_edits,
    steer,
)

__all__ = [
    "DOSES",
    "MODES",
    "UNITS",
    "Action",
    "Edit",
    "LevelList",
    "LevelLists",
    "ListEffect",
    "Mode",
    "ScoreParts",
    "SteeredLists",
    "Unit",
    "affinity",
    "apply_edits",
    "contributions",
    "is_exact",
    "level_lists",
    "list_effect",
    "main_neurons",
    "move_text",
    "reasons",
    "score_parts",
    "steer",
    "strongest_effects",
]
