"""How much of a planted truth is found, where there is one: concepts, and edges between them."""

from explorer.ground_truth.edges import EdgeRecovery, edge_recovery

__all__ = ["EdgeRecovery", "edge_recovery"]
