"""Usage: how much of what everybody had done, by day.

A feature calls `record` within the transaction that ends a thing; people read their own sums, and
administrators everybody's.
"""

from ecg.usage.repository import Ending, record

__all__ = ["Ending", "record"]
