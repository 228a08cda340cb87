"""A reading as the two tables that were read."""

from __future__ import annotations

import pandas as pd

from explorer.data import DataConfig
from explorer.data.sources import Source, read_described


def tables_of(source: Source, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interactions by ids, and items, of a data set of files."""
    reading = read_described(source, config)[1]
    pairs = {"user_id": reading.users[reading.user], "item_id": reading.items["item_id"].to_numpy()[reading.item]}
    known = {"rating": reading.rating, "timestamp": reading.timestamp}
    pairs |= {name: values for name, values in known.items() if values is not None}
    return pd.DataFrame(pairs), reading.items
