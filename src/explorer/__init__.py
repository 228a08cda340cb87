"""Concept Explorer: see, audit and steer the concepts inside a recommender's embeddings.

The package follows the way the data goes, a folder a step::

    data → recommenders → sae → neurons → (fidelity, steering) → figures → api → ui and pages

`runs` carries a trained thing through the house (train, save, load), `api` is what Python programs use (`from explorer
import load_run, train, explain`), `cli` is the command line.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.api import Run, Steered, explain, load_run, train

__version__ = version("concept-explorer")
__all__ = ["Run", "Steered", "explain", "load_run", "train"]


def __getattr__(name: str) -> Any:
    # Only when asked for: `import explorer` takes no second, and --help of the command line neither.
    if name in __all__:
        return getattr(import_module("explorer.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
