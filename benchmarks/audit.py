"""The audit's database: how fast many reviewers can write at once and whether anything is lost, and how long the audit
of a large run takes to read, to export and to import.

    python benchmarks/audit.py                # 20 processes, then 20 threads of one, a minute each; then reading
    python benchmarks/audit.py --seconds 5 --url postgresql+psycopg://user@host/empty

Every reviewer writes without a pause: verdicts of all neurons in turn, one of ten of a neuron that all share as the
same person, and after every tenth reads the whole audit, as a page does. `--url` names an empty database; without it
one is made in a temporary folder.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

from explorer.audit import AuditStore, Review
from explorer.audit.exchange import export_csv, export_json, import_record, read_record
from explorer.errors import UserError

NEURONS, REVIEWERS = 8192, 20
SHARED = NEURONS - 1
VERDICTS = ("real", "partly", "not")


@dataclass
class StandIn:
    """What of a run the audit needs to know."""

    digest: str = "5" * 64
    name: str = "benchmark"
    dataset = SimpleNamespace(name="benchmark", n_items=100_000)
    index = SimpleNamespace(n=NEURONS)

    def neuron(self, number) -> int:
        return int(number)

    def proposed_name(self, neuron: int) -> str:
        return f"Neuron {neuron}"


def write(url: str, which: int, until: float, report) -> None:
    """Write as one reviewer until then; reports the seconds of each write and of each reading, and every fault."""
    store, writes, reads, faults = AuditStore(StandIn(), url), [], [], []
    while time.time() < until:
        n = len(writes)
        shared = n % 10 == 9
        said = Review(SHARED if shared else n % SHARED, "Everybody" if shared else f"R{which}", VERDICTS[n % 3])
        try:
            start = time.perf_counter()
            store.review(said)
            writes.append(time.perf_counter() - start)
            if n % 10 == 0:
                start = time.perf_counter()
                store.load()
                reads.append(time.perf_counter() - start)
        except UserError as fault:
            faults.append(str(fault))
    report.put((writes, reads, faults))


def minute(url: str, seconds: float, threads: bool) -> None:
    """All reviewers at once; prints what they managed and what was lost."""
    before = len(everything(url))
    context = multiprocessing.get_context("fork")
    report = context.Queue()
    kind = threading.Thread if threads else context.Process
    until = time.time() + seconds
    workers = [kind(target=write, args=(url, which, until, report)) for which in range(REVIEWERS)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    found = [report.get() for _ in workers]
    for worker in workers:
        worker.join()
    took = time.perf_counter() - start
    writes, reads, faults = ([value for one in found for value in one[part]] for part in range(3))
    stored = everything(url)
    gaps = sum(history != list(range(1, len(history) + 1)) for history in versions(stored).values())
    print(
        f"{REVIEWERS} {'threads' if threads else 'processes'}, {took:.0f} s: {len(writes) / took:.0f} writes/s, median "
        f"{1000 * statistics.median(writes):.0f} ms, slowest {max(writes):.2f} s; fewest of a reviewer "
        f"{min(len(one[0]) for one in found)}; reading the audit meanwhile: median "
        f"{1000 * statistics.median(reads):.0f} ms, slowest {max(reads):.2f} s; "
        f"lost {before + len(writes) - len(stored)}, gaps in versions {gaps}, faults {len(faults)} {faults[:1]}"
    )


def everything(url: str) -> list[Review]:
    with AuditStore(StandIn(), url).reading() as rows:
        return rows.reviews() if rows else []


def versions(reviews: list[Review]) -> dict[tuple[int, str], list[int]]:
    found = {}
    for one in reviews:
        found.setdefault((one.neuron, one.reviewer), []).append(one.version)
    return found


def size(folder: Path) -> None:
    """The audit of a run that twenty people have reviewed whole."""
    store = AuditStore(StandIn("6" * 64), f"sqlite:///{folder / 'large.sqlite'}")
    reviews = [
        Review(
            neuron, f"R{who}", VERDICTS[(neuron + who) % 3], name=f"Name {neuron}", note="a remark", at=f"2026-{who}"
        )
        for neuron in range(NEURONS)
        for who in range(REVIEWERS)
    ]
    with store.writing() as rows:
        rows.add(replace(one, version=1, at="2026-11-23T12:00:00.000+00:00") for one in reviews)
    timed("read", store.load)
    timed("read again, nothing stored meanwhile", store.load)
    timed("a verdict", lambda: store.review(Review(5, "R3", "not")))
    timed("read after one verdict", store.load)
    audit = store.load()
    timed(
        "who said what of which, names, what stands", lambda: [audit.own_names(), *map(audit.standing, range(NEURONS))]
    )
    timed("another verdict", lambda: store.review(Review(5, "R3", "not")))
    timed("read after one verdict", store.load)
    content = timed("export as JSON", lambda: export_json(store))
    timed("export as CSV", lambda: export_csv(store))
    other = AuditStore(StandIn("6" * 64), f"sqlite:///{folder / 'other.sqlite'}")
    record = timed(f"check the JSON ({len(content) / 1e6:.0f} MB)", lambda: read_record(other, content, "a.json"))
    timed("import it", lambda: import_record(other, record))
    timed("import it again", lambda: import_record(other, record))


def timed(what: str, work):
    start = time.perf_counter()
    result = work()
    print(f"{what}: {1000 * (time.perf_counter() - start):.1f} ms")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of an empty database")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        database = options.url or f"sqlite:///{Path(place) / 'audit.sqlite'}"
        if options.seconds:
            minute(database, options.seconds, threads=False)
            minute(database, options.seconds, threads=True)
        print(f"{NEURONS:,} neurons × {REVIEWERS} reviewers:")
        size(Path(place))
