"""A page that draws a character itself: `visavis play`.

Comes in: characters, visitors' browsers. Goes out: the page, the player, the characters' files, and
for each visitor a motion stream.
"""
