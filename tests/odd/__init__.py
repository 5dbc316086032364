"""Odd sessions, made by chance from a seed, and a reader who asks for everything that there is of each of them."""
