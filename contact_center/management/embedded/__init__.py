"""What `manage.py serve` keeps in one process so that a newcomer needs nothing but this machine.

In production each part is a process of its own: daphne or gunicorn, `manage.py clock`, Celery, and
Twilio instead of the simulator.
"""
