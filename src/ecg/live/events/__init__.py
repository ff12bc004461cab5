"""What happens before a camera, moment by moment: the one table that quick looks, archives' analyses and the
stream itself write to, and that events, reports and alerts read.

    async with database.write() as connection:
        await record(connection, tenant_id, camera_id, [NewEvent(...)])

It imports no other room of `ecg.live`, so that all of them may import it.
"""

from ecg.live.events.repository import NewEvent, record
from ecg.live.events.severity import SEVERITIES, Severity, at_least

__all__ = ["SEVERITIES", "NewEvent", "Severity", "at_least", "record"]
