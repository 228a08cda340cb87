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
from explorer.steering.fold_in import fold_in
from explorer.steering.grouping import concepts_of
from explorer.steering.hiding import FIRES_FROM, Hide, hidden_items, hide_text, read_hide
from explorer.steering.person import Person, person_of
from explorer.steering.scores import PersonScores
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
    "ListEffect",
    "Person",
    "PersonScores",
    "SteeredLists",
    "affinity",
    "changes_of",
    "cohort_of",
    "cohort_of_file",
    "cohort_of_ids",
    "concepts_of",
    "contributions",
    "edits_text",
    "explain",
    "fold_in",
    "hidden_items",
    "hide_text",
    "level_lists",
    "list_effect",
    "main_neurons",
    "move_text",
    "nudge",
    "person_of",
    "read_edits",
    "read_hide",
    "reasons",
    "steer",
    "steered_lists",
    "strongest_effects",
    "suppress",
]
