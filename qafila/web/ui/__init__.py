"""What pages are made of: chips, figures, dates; the template tags in ``templatetags/ui.py`` put them into templates."""
