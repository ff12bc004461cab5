"""What a server's histograms say of a time: read at its beginning and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import httpx2
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Histogram:
    """Counts of observations up to each bound in seconds, and their sum."""

    buckets: dict[float, float]
    seconds: float

    @property
    def count(self) -> float:
        return self.buckets[float("inf")] if self.buckets else 0

    def since(self, before: Histogram) -> Histogram:
        """What came after `before`."""
        buckets = {bound: count - before.buckets.get(bound, 0) for bound, count in self.buckets.items()}
        return Histogram(buckets, self.seconds - before.seconds)

    def ratio_within(self, bound: float) -> float:
        """How many of the observations were at most `bound`, which has to be a bucket's; 1.0 is all."""
        return self.buckets[bound] / self.count

    def quantile(self, ratio: float) -> float:
        """Between two bounds, as Prometheus interpolates; the largest bound where it lies beyond all."""
        wanted = ratio * self.count
        bounds = sorted(self.buckets)
        if wanted <= self.buckets[bounds[0]]:
            return bounds[0] * wanted / max(1, self.buckets[bounds[0]])
        for lower, upper in pairwise(bounds):
            below, upto = self.buckets[lower], self.buckets[upper]
            if upto >= wanted:
                return (
                    lower
                    if upper == float("inf")
                    else lower + (upper - lower) * (wanted - below) / (upto - below)
                )
        raise ValueError("an empty histogram has no quantiles")


async def histogram(url: str, name: str) -> Histogram:
    """A histogram without labels, from `{url}/metrics`. Raises LookupError when the server has none."""
    async with httpx2.AsyncClient(timeout=10) as client:
        text = (await client.get(f"{url}/metrics")).raise_for_status().text
    for family in text_string_to_metric_families(text):
        if family.name == name:
            buckets = {
                float(each.labels["le"]): each.value
                for each in family.samples
                if each.name == f"{name}_bucket"
            }
            seconds = next(each.value for each in family.samples if each.name == f"{name}_sum")
            return Histogram(buckets, seconds)
    raise LookupError(f"{url}/metrics has no {name}")
