"""`python -m parvis_geolocation` is the command line."""

from .cli import main

main(prog_name="parvis-geolocation")
