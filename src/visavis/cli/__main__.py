"""``python -m visavis.cli``."""

from visavis.cli import main

main()
