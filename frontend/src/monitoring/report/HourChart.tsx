import { useTranslations } from "use-intl";
import { useWidth } from "../../ui/useWidth";
import { ChartTable } from "./ChartTable";
import { axisTop } from "./charts";

const HEIGHT = 180;
const LEFT = 34;
const BOTTOM = 24;
const TOP = 8;

/** Incidents of each hour of the day. */
export function HourChart({ counts }: { counts: readonly number[] }) {
  const t = useTranslations("reports");
  const [place, width] = useWidth<HTMLElement>(720);
  const top = axisTop(counts);
  const step = (width - LEFT) / 24;
  const y = (count: number) => TOP + (1 - count / top) * (HEIGHT - TOP - BOTTOM);
  return (
    <figure ref={place}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-label={t("byHour")}
        className="w-full"
      >
        {[0, top / 2, top].map((count) => (
          <g key={count}>
            <line x1={LEFT} x2={width} y1={y(count)} y2={y(count)} stroke="var(--line)" />
            <text x={LEFT - 8} y={y(count) + 4} textAnchor="end" className="fill-muted text-xs tabular-nums">
              {count}
            </text>
          </g>
        ))}
        {counts.map((count, hour) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is the hour
          <g key={hour}>
            {count > 0 && (
              <rect
                x={LEFT + hour * step + step * 0.18}
                width={step * 0.64}
                y={y(count)}
                height={y(0) - y(count)}
                rx="3"
                fill="var(--accent)"
              />
            )}
            {hour % 3 === 0 && (
              <text
                x={LEFT + (hour + 0.5) * step}
                y={HEIGHT - 4}
                textAnchor="middle"
                className="fill-muted text-xs tabular-nums"
              >
                {hour}
              </text>
            )}
          </g>
        ))}
      </svg>
      <ChartTable
        caption={t("byHour")}
        head={[t("hour"), t("count")]}
        rows={counts.map((count, hour) => [t("hours", { hour: String(hour) }), String(count)])}
      />
    </figure>
  );
}
