"""The deliberate faults of `mutations.py` can be put into the code as it is."""

from __future__ import annotations

import ast

import pytest

from tests.mutations import FAULTS, ROOT


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_has_its_one_place_in_the_code_and_leaves_it_readable(fault, tmp_path):
    path = tmp_path / fault.file
    path.parent.mkdir(parents=True)
    path.write_text((ROOT / fault.file).read_text(encoding="utf-8"), encoding="utf-8")
    fault.apply(tmp_path)
    ast.parse(path.read_text(encoding="utf-8"))


def test_every_room_whose_numbers_users_rely_on_has_a_fault():
    rooms = {fault.file.split("/")[2] for fault in FAULTS}
    computing = {"data", "recommenders", "sae", "neurons", "fidelity", "hierarchy", "steering"}
    assert rooms >= {*computing, "runs", "audit", "jobs", "ui"}
