"""The steps of the schema (Alembic), applied by the store when it opens."""
