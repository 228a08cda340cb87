"""Shares and lifts over what may be empty."""

import numpy as np
import pytest

from explorer.ratio import ratio


def test_a_ratio_is_missing_where_there_is_nothing_to_divide_by():
    np.testing.assert_array_equal(ratio([1, 2, 0], [4, 0, 0]), [0.25, np.nan, np.nan])
    np.testing.assert_array_equal(ratio([[1.0], [2.0]], [2, 0], otherwise=1), [[0.5, 1], [1, 1]])
    assert ratio(1, 4) == 0.25
    assert np.isnan(ratio([1.0], [np.nan])).all()


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [("float32", "float32", "float32"), ("int32", "int32", "float64")]
)
def test_whole_numbers_become_floats_and_single_precision_stays(part, whole, expected):
    assert ratio(np.ones(2, part), np.ones(2, whole)).dtype == expected
