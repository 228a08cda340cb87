"""From a source that was read to a `Dataset`: which of its interactions count as positives."""

from __future__ import annotations

import numpy as np

from explorer.data.dataset import DataConfig, Dataset, Positives, assemble, reaching
from explorer.data.source.description import SourceDescription
from explorer.data.source.reading import Reading
from explorer.errors import listed


def dataset_of(name: str, reading: Reading, description: SourceDescription, config: DataConfig, seed: int) -> Dataset:
    """The data set of a source under a name. `config.min_rating` and `config.min_item_interactions` go before what the
    description says."""
    about = description.interactions.rating
    notes = [*row_notes(reading), *reading.report.noticed]
    kept = np.ones(len(reading.user), bool)
    if about is not None and about.seen:
        only_seen = np.isin(reading.rating, about.seen)
        kept &= ~only_seen
        values = listed([f"{value:g}" for value in about.seen])
        notes.append(f"{only_seen.sum():,} interactions of the value {values} are seen, not rated, and do not count")
    least = config.min_rating if config.min_rating is not None else about and about.threshold
    reached, said = reaching(name, reading.rating, least)
    if reached is not None:
        kept &= reached
        notes += said
    weight = reading.rating if about is not None and about.confidence else None
    positives = Positives(reading.users, reading.items, reading.user, reading.item, reading.timestamp, weight)
    rare = config.min_item_interactions or description.min_item_interactions
    config = config.model_copy(update={"min_rating": least, "min_item_interactions": rare})
    if not kept.all():
        positives = positives.where(kept)
    return assemble(name, positives, config, seed, notes, None, description.nouns, reading.facets)


def row_notes(reading: Reading) -> list[str]:
    """A sentence for every reason why rows were not kept."""
    return [
        f"{n:,} of {file.rows:,} rows of {file.name} left out: each {reason}"
        if n > 1
        else f"1 of {file.rows:,} rows of {file.name} left out: it {reason}"
        for file in reading.report.files
        for reason, n in file.reasons.items()
    ]
