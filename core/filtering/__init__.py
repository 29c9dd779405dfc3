"""The language that rows of the risk matrix are filtered with: `drawdown > 5% and venue = okx`.

Text is parsed into a tree against the fields that there are; a tree is printed as text again, and evaluated for all
rows at once. A figure that is unknown matches no comparison and no negation of one.
"""
