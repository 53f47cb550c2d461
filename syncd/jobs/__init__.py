"""The jobs: pull, evaluate, deliver. Each opens its own transactions, in plain sight."""
