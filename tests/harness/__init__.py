"""Real servers for tests: the phone network, the site, a browser, PostgreSQL and Redis.

Everything is a process of its own on a free loopback port, started by a `with` block and ended by
its process id. `python -m tests.harness` is `make test`.
"""
