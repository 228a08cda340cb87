"""Concept Explorer: see, audit and steer the concepts inside a recommender's embeddings.

The package follows the way the data goes, a folder a step::

    data → recommenders → sae → neurons → (fidelity, steering) → figures → ui and pages

`runs` carries a trained thing through the house (train, save, load), `cli` is the command line.
"""

from importlib.metadata import version

__version__ = version("concept-explorer")
