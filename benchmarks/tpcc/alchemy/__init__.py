"""TPC-C as a user of SQLAlchemy writes it."""
