"""Many reviewers at once, in processes and in threads: nothing is lost, nobody is told that the database is busy."""

from __future__ import annotations

import threading
import time

import pytest

from explorer.audit import AuditStore, Review
from tests.audit.test_database import at_once

PROCESSES, THREADS = 5, 4
SECONDS = 3.0
SHARED = 31


@pytest.mark.slow
def test_twenty_reviewers_lose_nothing(run, url):
    """Each writes without a pause, of neurons of their own and of one that all write as the same person; an error ends
    a process with another code than 0, which `at_once` sees."""

    def process(which: int) -> None:
        faults = []

        def reviewer(name: str) -> None:
            try:
                store, until, n = AuditStore(run, url), time.monotonic() + SECONDS, 0
                while time.monotonic() < until:
                    for said in (Review(n % SHARED, name, "real", note=str(n)), Review(SHARED, "Everybody", "real")):
                        store.review(said)
                    assert store.load().by(n % SHARED, name).note == str(n)
                    n += 1
                store.review(Review(0, f"{name} wrote", note=str(n)))
            except BaseException as fault:
                faults.append(fault)
                raise

        threads = [threading.Thread(target=reviewer, args=(f"R{which}-{k}",)) for k in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults

    at_once(PROCESSES, process)
    with AuditStore(run, url).reading() as rows:
        said = rows.reviews()
    wrote = {one.reviewer.removesuffix(" wrote"): int(one.note) for one in said if one.reviewer.endswith(" wrote")}
    assert len(wrote) == PROCESSES * THREADS and min(wrote.values()) > 0
    for name, number in wrote.items():
        assert sorted(int(one.note) for one in said if one.reviewer == name) == list(range(number))
    assert [one.version for one in said if one.neuron == SHARED] == list(range(1, sum(wrote.values()) + 1))
