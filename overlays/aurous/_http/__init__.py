"""Bytes: connections, transports, proxies, and reading within bounds."""
