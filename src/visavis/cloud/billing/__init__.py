"""Bills: plans, credits, invoices, in the database; and by Stripe where the operator has it.

Comes in: who wants which plan, what the ledger says. Goes out: credits, invoices, usage told to
Stripe. Each is done once, however often it is begun.

    plans ► invoices ► stripes ► telling
"""
