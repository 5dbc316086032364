"""The forms in which a network is built, with its data in sight: what they hold, suggest and show."""
