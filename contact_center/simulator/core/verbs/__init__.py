"""The verbs of TwiML that the network obeys, one file each."""
