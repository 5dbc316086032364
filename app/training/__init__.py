"""The processes that run: they work off the runs which a store holds, whoever started them."""
