"""A two-phase run with real processes, as somebody with a browser does it: `make e2e`."""
