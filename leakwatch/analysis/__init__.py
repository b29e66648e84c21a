"""The analysis: events in, records out; detector, attribution and phase put together, for live and offline alike."""

from leakwatch.analysis.analysis import Analysis
from leakwatch.analysis.records import leak_id

__all__ = ["Analysis", "leak_id"]
