"""Whatever is measured can be written as JSON."""

import json

import numpy as np
import pandas as pd

from explorer.storage.values import json_value


def test_numbers_tables_and_missing_values_become_those_of_json():
    table = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": [["x"], []]})
    record = {1: np.float32(0.5), "t": table, "n": None, "b": np.True_, "i": np.int64(2**40), "inf": float("inf")}
    read = json.loads(json.dumps(json_value(record), allow_nan=False))
    assert read == {
        "1": 0.5,
        "t": [{"a": 1, "b": 0.5, "c": ["x"]}, {"a": 2, "b": None, "c": []}],
        "n": None,
        "b": True,
        "i": 2**40,
        "inf": None,
    }
