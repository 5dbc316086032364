"""Two sessions beside each other: what differs in their settings, and what that made."""
