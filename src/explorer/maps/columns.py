"""The columns of the tables of a map: what they hold, and as what."""

from __future__ import annotations

from explorer.storage.tables import Column, Columns

COLUMNS: dict[str, Columns] = {
    "points": {
        "entity": Column("string", "What the point is.", among=("neuron", "item", "user")),
        "row": Column("int32", "Its number there.", low=0),
        "x": Column("float32", "Position; the furthest point is at distance 1 from the centre."),
        "y": Column("float32", "Position."),
    },
    "names": {
        "zoom": Column("int8", "Zoom level, 0 is the coarsest.", low=0),
        "cluster": Column("int32", "Number of the cluster, 0 is the largest of its level.", low=0),
        "size": Column("int32", "Points of the cluster.", low=0),
        "x": Column("float32", "Centre."),
        "y": Column("float32", "Centre."),
        "radius": Column("float32", "Radius around the centre that holds 80% of its points.", low=0),
        "name": Column(
            "string", "What its points have in common, or examples; distinct within a zoom level, or empty."
        ),
    },
}
"""Of each table of a stored map its columns, in their order."""
