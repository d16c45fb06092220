"""`python -m wa_sandbox`."""

import sys

from wa_sandbox.server import main

sys.exit(main(sys.argv[1:]))
