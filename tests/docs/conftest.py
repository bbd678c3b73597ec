"""The runner of pages stands beside the tests, and is no package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
