"""The chassis' own tables, part of every service's schema."""
