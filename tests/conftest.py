"""What every test shares: property tests that try the same cases each time, so that a failure is the change's own.

`make test ARGS=--hypothesis-profile=explore` draws new cases, ten times as many where a test does not say how many.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile("fixed")
