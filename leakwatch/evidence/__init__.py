"""Evidence: a leak's chain replayed from both ends, checked by code that the detector does not use."""

from leakwatch.evidence.proof import Proof, ProofStep
from leakwatch.evidence.prove import prove

__all__ = ["Proof", "ProofStep", "prove"]
