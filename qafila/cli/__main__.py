"""`python -m qafila.cli`, which is what `.venv/bin/qafila` and the children of `qafila up` run."""

from qafila.cli.main import main

main()
