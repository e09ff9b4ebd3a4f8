"""Two hundred agents, two thousand callers and eight clocks, all at work at the same moment.

    python -m tests.under_fire.crowd --callers 2000 --agents 200 --seed 7

Every clock, caller and agent is a process or shares one; they meet in PostgreSQL alone. What they
did is judged afterwards by the order in which their transactions were committed (order.py).
"""
