"""The core run in real time: sockets, HTTP, webhooks and people made of configuration."""
