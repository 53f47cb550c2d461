"""The outside systems: one package for each, the transport beneath them, and a sandbox that plays them.

A connector knows `syncd.ports` and `syncd.core.model`, and nothing above or beside itself. Only the
composition root names connectors.
"""
