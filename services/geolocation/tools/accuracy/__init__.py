"""How often the answers of the full store are right, measured on sources that its data does not come from.

    python -m accuracy PACKAGES [--set NAME]... [--sample N] [--failures N]      # in tools/; `scripts/accuracy` does it all

The rules: an answer is right when it lies within 25 km of where the set says the place is; cases are drawn, and typing
errors made, by a fixed seed, so two runs on one store print the same; every failure has a class, and every figure of
`search` the bound that no ranking can pass.

    sets.py         the sets: what is typed, and where it is
    searching.py    what `search` finds
    reversing.py    what `reverse` and `timezone` say of points
    figure.py       one figure, its bar and its failures
"""
