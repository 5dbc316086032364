"""The kinds of layers: one module and one row each."""
