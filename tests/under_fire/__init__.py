"""What a universe of one thread cannot see: real processes and threads on PostgreSQL and Redis."""
