"""Reading CloudTrail: sources, decoding, and the facts that each record holds."""
