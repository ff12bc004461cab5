"""A day in two or three sentences, in the reader's language. Pure: every figure is one of the report's."""

from __future__ import annotations

from ecg.live.reports.daily import DailyReport
from ecg.messages.rendering import Locale

_UNSEEN = {
    "en": "Nothing was recorded on this day.",
    "ko": "이 날은 녹화된 영상이 없습니다.",
}
_COVERED = {
    "en": "{recorded} of the day was recorded and {analysed} analysed.",
    "ko": "하루 중 {recorded}가 녹화되고 {analysed}가 분석되었습니다.",
}
_SCORED = {
    "en": "The mean safety score is {mean}; the lowest, {lowest}, is of {at}.",
    "ko": "평균 안전 점수는 {mean}점이며, 가장 낮은 점수는 {at}의 {lowest}점입니다.",
}
_QUIET = {
    "en": "No incident was found.",
    "ko": "이상 상황은 발견되지 않았습니다.",
}
_INCIDENTS = {
    "en": "Incidents: {count}, of which {bad} high or critical.",
    "ko": "이상 상황은 모두 {count}건이며, 그중 심각도 높음 이상은 {bad}건입니다.",
}


def summarise(report: DailyReport, locale: Locale) -> str:
    """What the report says, as a text of one paragraph."""
    covered = report.coverage
    if covered.recorded_ratio is None or not covered.recorded_seconds:
        return _UNSEEN[locale]
    said = [
        _COVERED[locale].format(
            recorded=_percent(covered.recorded_ratio), analysed=_percent(covered.analysed_ratio or 0)
        )
    ]
    if report.score_mean is None or report.score_lowest is None:
        return said[0]
    lowest = report.score_lowest
    said.append(
        _SCORED[locale].format(
            mean=f"{report.score_mean:.0f}", lowest=lowest.score, at=report.day.clock(lowest.at)
        )
    )
    bad = report.by_severity["high"] + report.by_severity["critical"]
    said.append((_INCIDENTS if report.incidents else _QUIET)[locale].format(count=report.incidents, bad=bad))
    return " ".join(said)


def _percent(ratio: float) -> str:
    """Rounded to a whole percent, but never up to all and never down to nothing."""
    if 0 < ratio < 0.01:
        return "<1%"
    return f"{min(round(ratio * 100), 99 if ratio < 1 else 100)}%"
