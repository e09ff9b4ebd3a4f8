"""Set-up for admins: one module a section, each with its part of supervisors/setting_up_urls.py."""
