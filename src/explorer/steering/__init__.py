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
from explorer.steering.cohort import Cohort, cohort_of, cohort_of_file, cohort_of_ids
from explorer.steering.crowd import steered_lists
from explorer.steering.edits import (
    AnyEdit,
    Concept,
    ConceptEdit,
    Edit,
    changes_of,
    edits_text,
    read_edits,
)
from explorer.steering.effect import ListEffect, list_effect, move_text
from explorer.steering.experiment import Experiment, nudge, suppress
from explorer.steering.explanation import Explanation, FacetCount, explain
from explorer.steering.expose import expose
from explorer.steering.fold_in import fold_in
from explorer.steering.grouping import concepts_of
from explorer.steering.hiding import FIRES_FROM, Hide, hidden_items, hide_text, read_hide
from explorer.steering.knobs import Knob, choose_knobs, knob_of, knobs_recommending, search_knobs
from explorer.steering.moves import Moves, knob_moves, moves_of
from explorer.steering.person import Person, person_of
from explorer.steering.personas import Persona, personas_of
from explorer.steering.preset_file import load_presets, preset_edits
from explorer.steering.presets import Preset, built_in_presets
from explorer.steering.profile import Profile, profile
from explorer.steering.ranges import usual_range
from explorer.steering.scores import PersonScores
from explorer.steering.simulation import Rounds, rounds
from explorer.steering.steer import SteeredLists, steer

__all__ = [
    "DOSES",
    "FIRES_FROM",
    "AnyEdit",
    "Cohort",
    "Concept",
    "ConceptEdit",
    "Edit",
    "Experiment",
    "Explanation",
    "FacetCount",
    "Hide",
    "Knob",
    "ListEffect",
    "Moves",
    "Person",
    "PersonScores",
    "Persona",
    "Preset",
    "Profile",
    "Rounds",
    "SteeredLists",
    "affinity",
    "built_in_presets",
    "changes_of",
    "choose_knobs",
    "cohort_of",
    "cohort_of_file",
    "cohort_of_ids",
    "concepts_of",
    "contributions",
    "edits_text",
    "explain",
    "expose",
    "fold_in",
    "hidden_items",
    "hide_text",
    "knob_moves",
    "knob_of",
    "knobs_recommending",
    "level_lists",
    "list_effect",
    "load_presets",
    "main_neurons",
    "move_text",
    "moves_of",
    "nudge",
    "person_of",
    "personas_of",
    "preset_edits",
    "profile",
    "read_edits",
    "read_hide",
    "reasons",
    "rounds",
    "search_knobs",
    "steer",
    "steered_lists",
    "strongest_effects",
    "suppress",
    "usual_range",
]
