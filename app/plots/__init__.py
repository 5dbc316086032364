"""Axes, contours, heat maps, curves and images; they know no moment and no session."""
