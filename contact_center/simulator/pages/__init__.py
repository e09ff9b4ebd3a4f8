"""What a person looks at: the phone page, and the log of the network."""
