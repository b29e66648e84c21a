"""Attribution: who received something, whose protocol it was, and why we think so."""

from leakwatch.attribution.attributor import Attributor

__all__ = ["Attributor"]
