"""One person's place in one graph: cursor, edits, replay with checkpoints, the stores, the service functions."""
