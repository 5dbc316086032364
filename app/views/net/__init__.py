"""Single numbers: units as circles and weights as lines, wide layers as maps."""
