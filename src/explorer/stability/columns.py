"""The columns of the stored stability of a run: what they hold, and as what."""

from __future__ import annotations

from explorer import glossary
from explorer.storage.tables import Column, Columns

CHANGES = ("seed", "sample")
"""What is different in a further training: only the seed of the autoencoder; or the seed, users and items."""
DICTIONARIES = ("neurons", "ica", "random")
"""Whose directions are looked for in what: the run's neurons in further trainings; independent components in those of
another seed or of a part of the items; the run's neurons in random directions."""

COLUMNS: dict[str, Columns] = {
    "matches": {
        "dictionary": Column("str", "Whose directions, and in what they are looked for.", among=DICTIONARIES),
        "change": Column("str", "What is different: the seed, or seed and sample.", among=CHANGES),
        "repetition": Column("int32", "Number of the further training, from 1.", low=1),
        "neuron": Column("int32", "Number of the neuron, or of the component.", low=0),
        "cosine": Column("float32", glossary.STABILITY_COSINE, low=-1, high=1),
        "correlation": Column("float32", glossary.STABILITY_CORRELATION, low=-1, high=1),
    }
}
"""Of the one table its columns, in their order."""
