"""Move a user's concepts and see the list change; split a score into concepts."""

from explorer.steering.attribution import (
    DOSES,
    affinity,
    contributions,
    main_neurons,
    main_reasons,
    reasons,
    strongest_effects,
)
from explorer.steering.by_level import level_lists
from explorer.steering.edits import AnyEdit, Concept, ConceptEdit, Edit, changes_of, edits_text, read_edits
from explorer.steering.effect import ListEffect, list_effect, move_text
from explorer.steering.explanation import Explanation, FacetCount, explain
from explorer.steering.grouping import concepts_of
from explorer.steering.hiding import FIRES_FROM, Hide, hidden_items, hide_text, read_hide
from explorer.steering.knobs import Knob, choose_knobs, knob_of, knobs_recommending, search_knobs
from explorer.steering.moves import Moves, knob_moves, moves_of
from explorer.steering.person import Person, person_of
from explorer.steering.preset_file import load_presets, preset_edits
from explorer.steering.presets import Preset, built_in_presets
from explorer.steering.ranges import usual_range
from explorer.steering.scores import PersonScores
from explorer.steering.steer import SteeredLists, steer

__all__ = [
    "DOSES",
    "FIRES_FROM",
    "AnyEdit",
    "Concept",
    "ConceptEdit",
    "Edit",
    "Explanation",
    "FacetCount",
    "Hide",
    "Knob",
    "ListEffect",
    "Moves",
    "Person",
    "PersonScores",
    "Preset",
    "SteeredLists",
    "affinity",
    "built_in_presets",
    "changes_of",
    "choose_knobs",
    "concepts_of",
    "contributions",
    "edits_text",
    "explain",
    "hidden_items",
    "hide_text",
    "knob_moves",
    "knob_of",
    "knobs_recommending",
    "level_lists",
    "list_effect",
    "load_presets",
    "main_neurons",
    "main_reasons",
    "move_text",
    "moves_of",
    "person_of",
    "preset_edits",
    "read_edits",
    "read_hide",
    "reasons",
    "search_knobs",
    "steer",
    "strongest_effects",
    "usual_range",
]
