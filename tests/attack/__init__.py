"""Attacks on a server of their own, one after the other, and what everybody else felt meanwhile."""
