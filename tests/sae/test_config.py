"""What the settings of an autoencoder mean, and those that contradict each other."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import TypeAdapter

from explorer.sae import ACTIVATIONS, BatchTopKConfig, ReluConfig, SaeConfigs, TopKConfig

KINDS = pytest.mark.parametrize("kind", ACTIVATIONS)


@pytest.mark.parametrize(
    ("width", "prefixes", "levels"),
    [
        (512, None, (512,)),
        (512, [64, 512], (64, 512)),
        (512, "halves", (64, 128, 256, 512)),
        (8, "halves", (1, 2, 4, 8)),
        (27, "halves", (3, 6, 13, 27)),
        (24, [24], (24,)),
    ],
)
def test_the_levels_are_the_prefixes_up_to_the_whole_dictionary(width, prefixes, levels):
    assert {kind(width=width, prefix_widths=prefixes).levels for kind in ACTIVATIONS} == {levels}


@pytest.mark.parametrize("kind", [TopKConfig, BatchTopKConfig])
@pytest.mark.parametrize(
    ("settings", "counts"), [({"k": 3}, (3, 3)), ({"k": 3, "k_users": 8}, (8, 3)), ({"k": 8, "k_users": 3}, (3, 8))]
)
def test_without_a_number_for_users_it_is_that_of_items(kind, settings, counts):
    assert kind(width=8, **settings).counts == counts


@KINDS
@pytest.mark.parametrize("prefixes", [None, "halves", [2, 5, 16]])
def test_settings_can_be_written_as_json_and_read_again(kind, prefixes):
    config = kind(width=16, prefix_widths=prefixes, prediction_form="listwise", prediction_items=7)
    written = config.model_dump(mode="json")
    assert written["prefix_widths"] == prefixes
    assert TypeAdapter(SaeConfigs).validate_python(written) == config


def test_there_is_one_setting_per_activation():
    kinds = get_args(get_args(SaeConfigs)[0])
    assert set(kinds) == set(ACTIVATIONS)
    assert {kind.model_fields["activation"].default for kind in kinds} == {"mp", "relu", "topk", "batchtopk"}


@pytest.mark.parametrize(
    "changes",
    [{"warmup_share": 0.8, "decay_share": 0.3}, {"width": 8, "k": 9}, {"width": 8, "k_users": 9}],
    ids=["shares", "k", "k of users"],
)
def test_settings_that_contradict_each_other_are_refused(changes):
    for kind in (BatchTopKConfig, TopKConfig):
        with pytest.raises(ValueError, match="more than"):
            kind(**changes)
    if not changes.keys() & {"k", "k_users"}:
        with pytest.raises(ValueError, match="more than"):
            ReluConfig(**changes)


@pytest.mark.parametrize(
    ("prefixes", "width", "words"),
    [
        ([], 16, "one or more"),
        ([0, 16], 16, "from 1 up"),
        ([-4, 16], 16, "from 1 up"),
        ([8, 4, 16], 16, "must rise"),
        ([8, 8, 16], 16, "must rise"),
        ([8, 4], None, "must rise"),
        ([8, 32], 16, "exceed width=16"),
        ([4, 8], 16, "end with width=16"),
        ("halves", 7, "at least 8"),
        ("quarters", 16, "halves"),
        (16, 16, "halves"),
        ([4, "x", 16], 16, "whole numbers"),
        ([4.5, 16], 16, "whole numbers"),
        ([True, 16], 16, "whole numbers"),
    ],
    ids=str,
)
def test_prefixes_that_are_not_prefixes_of_the_dictionary_are_refused(prefixes, width, words):
    for kind in ACTIVATIONS:
        with pytest.raises(ValueError, match=words):
            kind(prefix_widths=prefixes, width=width)
