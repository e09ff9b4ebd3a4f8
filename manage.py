#!/usr/bin/env python
"""Django's commands for this site."""

import gc
import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    # What is loaded stays: a quarter of the start would be spent on looking for garbage in it. When
    # the apps are ready it is looked for again (contact_center/apps.py).
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contact_center.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
