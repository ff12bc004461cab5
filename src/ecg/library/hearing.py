"""Takes what the speech server tells, whichever way it came, in any order, as often as it comes."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio import to_thread

from ecg.database import Database
from ecg.library import analysis_repository as analyses
from ecg.library.keys import result_key
from ecg.library.news import News
from ecg.store import ObjectStore


async def keep_news(database: Database, store: ObjectStore, tenant_id: str, news: News) -> bool:
    """Keep it; False when it was known, older than what is known, or after the end.

    A result is stored before its row says that it is there.
    """
    if news.status == "processing":
        async with database.write() as connection:
            return await analyses.keep_progress(
                connection, tenant_id, news.job_id, progress=news.progress, message=news.message
            )
    if news.status == "completed":
        await to_thread.run_sync(_store_result, store, tenant_id, news)
        async with database.write() as connection:
            return await analyses.keep_end(
                connection,
                tenant_id,
                news.job_id,
                state=analyses.COMPLETED,
                progress=100,
                message=news.message,
            )
    failure = news.failure
    async with database.write() as connection:
        return await analyses.keep_end(
            connection,
            tenant_id,
            news.job_id,
            state=analyses.FAILED,
            error_code=failure.code,
            error_message=failure.message,
        )


def _store_result(store: ObjectStore, tenant_id: str, news: News) -> None:
    with TemporaryDirectory(prefix="ecg-result-") as folder:
        path = Path(folder) / "result.json"
        path.write_text(json.dumps(news.result or {}, separators=(",", ":")))
        store.put_file(result_key(tenant_id, news.job_id), path, content_type="application/json")
