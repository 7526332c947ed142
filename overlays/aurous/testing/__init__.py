"""For tests of what uses the SDK. The pytest plugin brings the clock and the canary as fixtures."""

from aurous.testing._canary import Canary
from aurous.testing._fake_clock import FakeClock
from aurous.testing._serving import serve

__all__ = ["Canary", "FakeClock", "serve"]
