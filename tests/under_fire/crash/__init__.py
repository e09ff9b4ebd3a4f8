"""Points at which a process of the site can be made to die, or to lose its line, from outside.

The site runs with `crash.settings`, which put a database and an HTTP client of ours around its own;
nothing of this is in the product. See points.py for how a point is named and armed.
"""
