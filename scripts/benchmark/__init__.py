"""The parts of the benchmark: the server, a measured client, and the report."""
