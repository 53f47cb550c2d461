"""What is written elsewhere: profile, effects, ownership, brief, identity, business time, metrics."""
