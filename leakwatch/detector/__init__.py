"""Detection: events of flows in, leaks out, incrementally, each as soon as it is certain."""

from leakwatch.detector.detector import Detector

__all__ = ["Detector"]
