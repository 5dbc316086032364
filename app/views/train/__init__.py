"""Training seen: curves that are the timeline, what the net answers over the plane, what it gets wrong, and words."""
