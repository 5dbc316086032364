"""The rows of the ops, by family."""
