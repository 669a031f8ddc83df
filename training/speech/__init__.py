"""Makes the weights of `visavis.speech`: from data to a scored file, one command, repeatable.

Run `python -m training.speech` from the repository root; docs/speech.md tells what it does.
"""
