"""The seeded company whose portal and org the sandbox shows."""
