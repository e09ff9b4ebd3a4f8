"""The product and the phone network in one thread and in virtual time."""
