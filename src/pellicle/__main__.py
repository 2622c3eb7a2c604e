# SPDX-License-Identifier: Apache-2.0
"""`python -m pellicle`: the command line, for launchers that start modules."""

from pellicle.cli.main import main

if __name__ == "__main__":
    main()
