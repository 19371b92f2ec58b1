"""`python -m llamakeep`."""

import sys

from llamakeep.cli import main

sys.exit(main())
