"""TPC-C's wholesale supplier as an app of Django's."""
