"""Processes that draw the maps of a run, each some of the kinds, one after the other; this is how they are looked
after, `map_worker` is what they do."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable

from explorer.maps.vectors import MAX_USERS
from explorer.runs.run import Run

STDERR_LINES = 20
"""Last lines of what a process printed that are looked at for a reason if it fails."""


class MapWorkers:
    """Start them; inside, `wait` for what they draw. At the end none is left, however it comes.

    A process that draws has the other end of a pipe: it ends by itself when this one is killed.
    """

    def __init__(self, run: Run, kinds: tuple[str, ...], seed: int, jobs: int):
        self._run, self._seed = run, seed
        self._shares = shares_of_work(run, kinds, jobs)
        self._processes: list[subprocess.Popen] = []
        self._told: queue.Queue = queue.Queue()

    def __enter__(self) -> MapWorkers:
        try:
            for kinds in self._shares:
                self._start(kinds)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, kinds: list[str]) -> None:
        one = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
        # A new interpreter, never a fork: torch's threads do not survive one.
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer.jobs.map_worker", str(self._run.path), str(self._seed), *kinds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **one},
        )
        self._processes.append(process)
        threading.Thread(target=self._listen, args=(process, kinds), daemon=True).start()

    def _listen(self, process: subprocess.Popen, kinds: list[str]) -> None:
        said: list[str] = []
        noise = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
        noise.start()
        for line in process.stdout:
            try:
                self._told.put(json.loads(line))
            except ValueError:  # a library that prints
                continue
        noise.join()
        code = process.wait()
        last = next((line.strip() for line in reversed(said[-STDERR_LINES:]) if line.strip()), f"exit code {code}")
        self._told.put({"ended": kinds, "why": last})

    def wait(self, report: Callable[[str, float, str], None]) -> dict[str, str]:
        """Return when all have ended; by kind of map, why it could not be drawn. `report`: kind, how far, words."""
        open_kinds = {kind for kinds in self._shares for kind in kinds}
        problems: dict[str, str] = {}
        working = len(self._processes)
        while working:
            told = self._told.get()
            if "ended" in told:
                working -= 1
                for kind in open_kinds.intersection(told["ended"]):
                    problems[kind] = f"The process that draws the map of {kind} ended: {told['why']}."
            elif "error" in told:
                problems[told["kind"]] = told["error"]
                open_kinds.discard(told["kind"])
            else:
                if told.get("drawn"):
                    open_kinds.discard(told["kind"])
                report(told["kind"], told["done"], told["message"])
        return problems

    def __exit__(self, *_) -> None:
        for process in self._processes:
            process.stdin.close()
            if process.poll() is None:
                process.kill()
        for process in self._processes:
            process.wait()


def shares_of_work(run: Run, kinds: tuple[str, ...], jobs: int) -> list[list[str]]:
    """Which process draws which maps: the largest map first, each to the one that has least to do."""
    users, items = min(run.dataset.n_users, MAX_USERS), run.dataset.n_items
    points = {"neurons": run.index.n, "items": items, "users": users, "together": users + items}
    shares: list[list[str]] = [[] for _ in range(min(jobs, len(kinds)))]
    for kind in sorted(kinds, key=lambda kind: -points[kind]):
        min(shares, key=lambda share: sum(points[other] for other in share)).append(kind)
    return [share for share in shares if share]
