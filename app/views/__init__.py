"""Views: a moment of a session as plain frozen values, ready to be painted. A view can only read."""
