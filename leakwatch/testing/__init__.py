"""For authors of decoders and signatures: factories of profiles and messages, and `encode(value, chain)`."""

from leakwatch.testing.encoding import ENCODERS, encode
from leakwatch.testing.factories import make_identifier, make_profile, make_request, make_response

__all__ = ["ENCODERS", "encode", "make_identifier", "make_profile", "make_request", "make_response"]
