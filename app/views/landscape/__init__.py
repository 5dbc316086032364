"""The loss around a moment as a map: shades, contour lines, the way taken and the gradient."""
