"""Recommenders trained elsewhere, brought as files of vectors."""

from explorer.recommenders.external.config import ExternalConfig, TrainedOn
from explorer.recommenders.external.model import EXTERNAL, length_of
from explorer.recommenders.external.vectors import ENDINGS, Vectors, read_ids, read_vectors

__all__ = ["ENDINGS", "EXTERNAL", "ExternalConfig", "TrainedOn", "Vectors", "length_of", "read_ids", "read_vectors"]
