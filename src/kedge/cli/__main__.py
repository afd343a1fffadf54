"""`python -m kedge.cli`: the same as `kedge`."""

from kedge.cli.app import main

main()
