"""Webhooks: events are written down with what they tell of, and then sent until they arrive.

Comes in: events. Goes out: signed requests to the addresses that want to be told.

    outbox ► sending
"""
