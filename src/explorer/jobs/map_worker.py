"""Draw some maps of a run, as a process of its own (`map_workers`):

    python -m explorer.jobs.map_worker RUN_DIR SEED KIND...

Says on the standard output how far it is, a JSON object a line, and ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from explorer.errors import UserError

MIN_GAP = 0.1
"""Seconds between two lines about one map."""


def main(folder: str, seed: str, *kinds: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from explorer.jobs.drawing import draw_map
    from explorer.runs import load_run
    from explorer.threads import use_threads

    use_threads()
    run = load_run(Path(folder))
    for kind in kinds:
        last = [0.0]

        def report(done: float, message: str, kind=kind, last=last) -> None:
            if done >= 1 or time.monotonic() - last[0] >= MIN_GAP:
                last[0] = time.monotonic()
                _say(kind=kind, done=done, message=message)

        try:
            draw_map(run, kind, int(seed), report)
            _say(kind=kind, done=1.0, message="drawn", drawn=True)
        except UserError as error:
            _say(kind=kind, error=str(error))
        except Exception as error:
            _say(kind=kind, error=f"The map of {kind} could not be drawn ({type(error).__name__}: {error}).")


def _say(**what) -> None:
    print(json.dumps(what), flush=True)


def _end_with_parent() -> None:
    """Whoever started this process has the other end of its standard input; when that is gone there is nobody to draw
    for."""
    while sys.stdin.buffer.read(1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
