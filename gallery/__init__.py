"""The gallery: every portrait at hand as a character, to be looked at and compared.

Comes in: a folder of photos. Goes out: one HTML page with sheets, close views, loops of speech and
figures, and another that holds it against the last one. `make gallery`, `make gallery-diff`.
"""
