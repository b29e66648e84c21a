"""leakwatch finds what an app sends about its user, to whom and when, and proves it from the wire."""

__version__ = "0.1.0"
