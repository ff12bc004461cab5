"""Who looks at an archive: this machine alone, or a model that is asked about a few of its pictures."""
