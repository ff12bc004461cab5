"""Who is told when a camera or a worker dies, recordings wait too long, a disk fills up, or harm is seen.

    facts ──rules──► findings ──transitions──► alerts (SQL) ──notices──► ecg.messages
    (SQL)   pure      what is wrong now         once each                 email, Slack, webhooks

`watch` goes round every few seconds in one process at a time; everything before the messages can be computed
again from the tables, so whoever takes over repeats nothing and forgets nothing.
"""
