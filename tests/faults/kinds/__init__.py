"""The rows of the table, one module a kind; `cases.py` puts them together."""
