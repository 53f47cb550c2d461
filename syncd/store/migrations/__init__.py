"""Alembic's migrations: the history of the schema. `syncd.store.schema` runs them, and nothing else does."""
