"""The wire of the API, generated from its contract: models, resources with a method for each operation, error codes.

Use it through `aurous`, which sends the requests.
"""
