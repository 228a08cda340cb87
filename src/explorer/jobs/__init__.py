"""Trainings and drawings in processes of their own: what a worker writes, how it waits for its turn, how it is started,
stopped and found again.

Nothing is imported here: a worker that waits for its turn must not hold torch in memory.
"""
