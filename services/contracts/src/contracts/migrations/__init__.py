"""Migrations of the contracts service; chassis.db.migrate applies them."""
