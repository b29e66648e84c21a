"""What a device or its user can be recognised by: kinds of identifier, the device profile, the needles."""
