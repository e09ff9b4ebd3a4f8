"""System checks: every problem of the configuration by its key, with a hint."""
