"""Step one: data sets. Interactions of users with items, read, checked and split."""

from explorer.data.dataset import DataConfig, Dataset, build_dataset
from explorer.data.nouns import Nouns
from explorer.data.sources import data_folder, describe, find_source, find_sources, load_dataset, source_files
from explorer.data.split import TEST, TRAIN, VALIDATION

__all__ = [
    "TEST",
    "TRAIN",
    "VALIDATION",
    "DataConfig",
    "Dataset",
    "Nouns",
    "build_dataset",
    "data_folder",
    "describe",
    "find_source",
    "find_sources",
    "load_dataset",
    "source_files",
]
