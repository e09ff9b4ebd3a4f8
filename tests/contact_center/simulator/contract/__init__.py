"""What Twilio's own description says of its bodies, and whether ours are the same."""
