"""Steering many users at once: cohorts, doses beside other ways, exposure of items, repeated rounds."""

from explorer.experiments.cohort import Cohort, cohort_of, cohort_of_file, cohort_of_ids
from explorer.experiments.crowd import steered_lists
from explorer.experiments.experiment import Experiment, nudge, suppress
from explorer.experiments.expose import expose
from explorer.experiments.simulation import Rounds, rounds

__all__ = [
    "Cohort",
    "Experiment",
    "Rounds",
    "cohort_of",
    "cohort_of_file",
    "cohort_of_ids",
    "expose",
    "nudge",
    "rounds",
    "steered_lists",
    "suppress",
]
