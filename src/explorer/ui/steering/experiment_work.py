"""Experiments that run in the server while pages come and go: each is done once, whoever asks for it.

A thread does the work and changes nothing but its own `Work`; pages look at that. One experiment runs at a time.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.errors import UserError
from explorer.progress import Progress
from explorer.runs import Run

_log = logging.getLogger(__name__)
_MAX_KEPT = 16


class _Stopped(Exception):
    """Somebody pressed Stop."""


@dataclass
class Work:
    """One experiment: how far it is, and what it found."""

    done: float = 0.0
    message: str = "waiting for another experiment"
    result: Any = None
    error: str | None = None
    """A sentence; the result is then missing."""
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: bool = False

    @property
    def running(self) -> bool:
        return not self.ended.is_set()

    def stop(self) -> None:
        self.stopped = True


class Works:
    """The last experiments of a server."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Work] = OrderedDict()
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def get(self, key: Hashable) -> Work | None:
        return self._kept.get(key)

    def retry(self, key: Hashable) -> None:
        """Forget an experiment that failed or was stopped, so that it can be started again."""
        with self._lock:
            if (known := self._kept.get(key)) is not None and known.error is not None:
                del self._kept[key]

    def start(self, key: Hashable, do: Callable[[Progress], Any], stages: int) -> Work:
        """Begin what was not begun before. stages: through which `do` goes, each from 0 to 1."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
            work = self._kept[key] = Work()
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)[1].stop()
        threading.Thread(target=self._do, args=(work, do, stages), daemon=True).start()
        return work

    def _do(self, work: Work, do: Callable[[Progress], Any], stages: int) -> None:
        seen: list[str] = []

        def progress(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
            if work.stopped:
                raise _Stopped
            if stage not in seen:
                seen.append(stage)
            work.done, work.message = min((seen.index(stage) + done) / stages, 1.0), message

        try:
            with self._turn:
                progress("", 0.0, "starting")
                seen.clear()
                work.result = do(progress)
        except UserError as error:
            work.error = str(error)
        except _Stopped:
            work.error = "The experiment was stopped."
        except Exception as error:
            _log.error("An experiment failed", exc_info=error)
            work.error = f"The experiment failed ({type(error).__name__}). The server's log has the details."
        finally:
            work.ended.set()


@st.cache_resource(show_spinner=False)
def works() -> Works:
    """Those of this server."""
    return Works()


def work_key(run: Run, setting: Hashable) -> Hashable:
    """What names an experiment on a run."""
    return str(run.path), run.created, setting
