"""The fault run of live monitoring: cameras, recorders, servers, disk and clock fail while it records.

`python -m tests.live_faults`; docs/faults.md says what is broken and what is promised.
"""
