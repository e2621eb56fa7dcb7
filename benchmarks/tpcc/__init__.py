"""TPC-C, the benchmark of order entry, by the fork's ORM and by SQLAlchemy's."""
