"""What was used: the ledger, what it costs, what may be spent.

Comes in: how long sessions were in their rooms. Goes out: entries, sums, refusals.

    prices ► ledger ► summaries, budgets
"""
