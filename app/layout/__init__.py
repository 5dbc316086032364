"""Where the boxes of a graph stand, found in a process that can be ended; what is folded."""
