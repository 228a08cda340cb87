"""Values of the column `part` of `Dataset.interactions`."""

TRAIN, VALIDATION, TEST = 0, 1, 2
