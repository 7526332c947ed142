"""Many calls at once: bounded, with an outcome for each, and repeatable without being billed twice."""
