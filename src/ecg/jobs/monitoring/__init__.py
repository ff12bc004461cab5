"""What operators see of the spine: metrics, health, and the outlook for whoever waits."""
