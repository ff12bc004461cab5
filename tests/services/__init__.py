"""Servers that tests and benchmarks start for themselves: own data, own ports, gone afterwards.

Each module has one context manager, usable from anywhere; `fixtures` makes them pytest fixtures. They run the
programs of Debian's packages, which `make setup` installs without starting anything. What already runs on a
machine is left alone; ECG_TEST_POSTGRES_URL, ECG_TEST_MARIADB_URL, ECG_TEST_RABBITMQ_URL and
ECG_TEST_REDIS_URL name other servers to use instead (tests make and drop databases there).
"""
