"""Callers who are not taken: how such a call ends, how long a number may be blocked. Pure."""

#: The reason for which a call ends that was refused; an outcome of its own, never abandoned.
BLOCKED = "blocked"

#: For so many days a number may be blocked; who wants it longer blocks it for good.
LONGEST_DAYS = 365
LONGEST_REASON = 200
