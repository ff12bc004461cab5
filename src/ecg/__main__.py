"""`python -m ecg`: the command, run by the very interpreter that one names."""

from ecg.cli import main

main()
