"""Published detectors that can be run beside ours: one run for real, two as independent re-implementations."""
