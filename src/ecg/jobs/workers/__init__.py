"""Workers: processes that claim jobs, and the sweep that finds what was left behind."""
