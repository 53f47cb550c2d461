"""What people read: the page about a lead, what would lift it, the definition in sentences."""
