"""The modules of an example stand beside it, and are no package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "store-locator"))
