"""The contact center's settings: every DJANGO_TWILIO_CALL dictionary, typed and checked."""
