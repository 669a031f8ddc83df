"""Migrations of the cloud's tables, for Alembic."""
