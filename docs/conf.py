"""The documentation's build: ``sphinx-build -W docs docs/_build``."""

project = "Parvis"
author = "The Parvis authors"
copyright = "The Parvis authors, Apache-2.0"

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "Plain Python, called from anywhere", "page_width": "1040px"}
highlight_language = "text"
