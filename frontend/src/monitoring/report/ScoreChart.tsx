/** The safety score over a day; nothing is drawn where nothing was analysed. */
import { useId } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { DailyReportDocument } from "../../client/types.gen";
import { useWidth } from "../../ui/useWidth";
import { ChartTable } from "./ChartTable";
import { areaOf, curves, type Point, pathOf } from "./charts";

const HEIGHT = 200;
const LEFT = 34;
const BOTTOM = 24;
const TOP = 8;
/** Two recordings of an hour could still be neighbours. */
const GAP_MS = 3_700_000;
const LINES = [0, 25, 50, 75, 100];

export function ScoreChart({ report }: { report: DailyReportDocument }) {
  const t = useTranslations("reports");
  const [place, width] = useWidth<HTMLElement>(720);
  const format = useFormatter();
  const gradient = useId();
  const start = Date.parse(report.start);
  const end = Date.parse(report.end);
  const x = (moment: number) => LEFT + ((moment - start) / (end - start)) * (width - LEFT);
  const y = (score: number) => TOP + (1 - score / 100) * (HEIGHT - TOP - BOTTOM);
  const points = report.score_curve.map(({ at, score }): Point => ({ x: x(Date.parse(at)), y: y(score) }));
  const parts = curves(points, x(start + GAP_MS) - LEFT);
  const clock = (at: string) =>
    format.dateTime(new Date(at), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (
    <figure ref={place}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-label={t("scoreOverDay")}
        className="w-full overflow-visible"
      >
        <defs>
          <linearGradient id={gradient} x1="0" x2="0" y1="0" y2="1">
            <stop offset="0" stopColor="var(--accent)" stopOpacity="0.28" />
            <stop offset="1" stopColor="var(--accent)" stopOpacity="0.02" />
          </linearGradient>
        </defs>
        {LINES.map((score) => (
          <g key={score}>
            <line x1={LEFT} x2={width} y1={y(score)} y2={y(score)} stroke="var(--line)" strokeWidth="1" />
            <text x={LEFT - 8} y={y(score) + 4} textAnchor="end" className="fill-muted text-xs tabular-nums">
              {score}
            </text>
          </g>
        ))}
        {[0, 6, 12, 18, 24].map((hour) => (
          <text
            key={hour}
            x={LEFT + (hour / 24) * (width - LEFT)}
            y={HEIGHT - 4}
            textAnchor={hour === 0 ? "start" : hour === 24 ? "end" : "middle"}
            className="fill-muted text-xs tabular-nums"
          >
            {String(hour).padStart(2, "0")}:00
          </text>
        ))}
        {parts.map((part) => (
          <g key={part[0]?.x}>
            <path d={areaOf(part, y(0))} fill={`url(#${gradient})`} />
            <path
              d={pathOf(part)}
              fill="none"
              stroke="var(--accent)"
              strokeWidth="2"
              strokeLinejoin="round"
              strokeLinecap="round"
            />
          </g>
        ))}
      </svg>
      <ChartTable
        caption={t("scoreOverDay")}
        head={[t("time"), t("score")]}
        rows={report.score_curve.map(({ at, score }) => [
          clock(at),
          format.number(score, { maximumFractionDigits: 1 }),
        ])}
      />
    </figure>
  );
}
