"""For tests of what uses the SDK. The pytest plugin brings all of it as fixtures."""

from aurous.testing._canary import Canary
from aurous.testing._fake_clock import FakeClock

__all__ = ["Canary", "FakeClock"]
