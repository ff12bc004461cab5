"""Live state and events: written to Redis by the owner of a job, read by whoever watches."""
