"""Trainings that go on by themselves: what a worker process writes, how it waits for its turn, how it is started,
stopped and found again.

Nothing is imported here: a worker that waits for its turn must not hold torch in memory.
"""
