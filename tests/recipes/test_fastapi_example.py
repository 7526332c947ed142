"""Collects the tests that the FastAPI recipe shows."""

from test_fastapi_service import test_a_browser_that_leaves_ends_the_stream_and_its_bill, test_an_answer

__all__ = ["test_a_browser_that_leaves_ends_the_stream_and_its_bill", "test_an_answer"]
