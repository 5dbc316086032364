"""The calculus on NumPy arrays: ops, graphs, plans, optimizers, checks. No web, no disk, no clock, no global seed."""
