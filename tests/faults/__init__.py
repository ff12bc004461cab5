"""The fault run: real jobs on real processes, and somebody who kills them. `python -m tests.faults`.

docs/faults.md says what is killed and what is promised. Read `__main__` first, then `run`.
"""
