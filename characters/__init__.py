"""The four characters that come with Visavis, drawn by the code here.

Comes in: nothing but numbers. Goes out: pictures, landmarks and `.imx` files.
`python -m characters` makes them all again.
"""
