/**
 * A day of one camera: what was recorded, what was not, and what happened. A slider for mouse, touch and keyboard; the
 * list of incidents beside it says the same in words.
 */
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { ArchiveDocument, EventDocument, Gap, Severity } from "../../client/types.gen";
import { classes } from "../../ui/classes";
import { clamp, joined, type Span, share, spanOf, ticks } from "./span";
import { useReason } from "./words";

const STEP_MS = 10_000;
const LEAP_MS = 600_000;

interface TimelineProps {
  /** What is in sight. */
  span: Span;
  day: Span;
  archives: readonly ArchiveDocument[];
  gaps: readonly Gap[];
  events: readonly EventDocument[];
  /** What is shown; null is live. */
  position: number | null;
  now: number;
  onSeek: (moment: number) => void;
}

export function Timeline({ span, day, archives, gaps, events, position, now, onSeek }: TimelineProps) {
  const t = useTranslations("monitoring.timeline");
  const format = useFormatter();
  const reason = useReason();
  const [pointed, setPointed] = useState<number | null>(null);
  const shown = position ?? now;
  const clock = (moment: number) => format.dateTime(moment, { timeStyle: "medium" });
  const seek = (moment: number) => onSeek(clamp({ from: day.from, to: Math.min(day.to, now) }, moment));
  const pointedAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return span.from + ((event.clientX - box.left) / box.width) * (span.to - span.from);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const target = event.key === "Home" ? day.from : event.key === "End" ? day.to : step && shown + step;
    if (target === undefined) return;
    event.preventDefault();
    seek(target);
  };
  return (
    <div>
      <div
        role="slider"
        tabIndex={0}
        aria-label={t("position")}
        aria-description={t("keys")}
        aria-valuemin={day.from}
        aria-valuemax={Math.min(day.to, now)}
        aria-valuenow={Math.round(clamp(day, shown))}
        aria-valuetext={position === null ? t("atLive") : clock(position)}
        className="relative h-16 cursor-crosshair touch-none overflow-hidden rounded-lg bg-raised"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => seek(pointedAt(event))}
        onPointerMove={(event) => setPointed(pointedAt(event))}
        onPointerLeave={() => setPointed(null)}
      >
        {joined(archives).map((recorded) => (
          <Bar key={recorded.from} span={span} stretch={recorded} className="top-4 bottom-4 bg-accent/45" />
        ))}
        {gaps.map((gap) => (
          <Bar
            key={gap.start}
            span={span}
            stretch={spanOf(gap)}
            title={t("gap", {
              from: clock(spanOf(gap).from),
              to: clock(spanOf(gap).to),
              reason: reason(gap.reason),
            })}
            className="gap-pattern top-4 bottom-4"
          />
        ))}
        {events.map((event) => (
          <Mark key={event.id} at={share(span, Date.parse(event.at))} event={event} />
        ))}
        {pointed !== null && (
          <Line at={share(span, pointed)} className="bg-muted/60" label={clock(pointed)} />
        )}
        <Line at={share(span, shown)} className="w-0.5 bg-ink" />
      </div>
      <Hours span={span} />
      <Legend />
    </div>
  );
}

const STEPS: Record<string, number> = {
  ArrowLeft: -STEP_MS,
  ArrowDown: -STEP_MS,
  ArrowRight: STEP_MS,
  ArrowUp: STEP_MS,
  PageDown: -LEAP_MS,
  PageUp: LEAP_MS,
};

function Bar({
  span,
  stretch,
  className,
  title,
}: {
  span: Span;
  stretch: Span;
  className: string;
  title?: string;
}) {
  const from = Math.max(share(span, stretch.from), 0);
  const to = Math.min(share(span, stretch.to), 1);
  if (to <= from) return null;
  const style = { left: `${from * 100}%`, width: `max(2px, ${(to - from) * 100}%)` };
  return <span aria-hidden title={title} className={classes("absolute", className)} style={style} />;
}

/** Worse incidents are taller, so that colour is not all that tells them apart. */
const HEIGHTS: Record<Severity, string> = {
  low: "top-7 bottom-7",
  medium: "top-5.5 bottom-5.5",
  high: "top-3.5 bottom-3.5",
  critical: "top-1.5 bottom-1.5",
};
const COLOURS: Record<Severity, string> = {
  low: "bg-low",
  medium: "bg-medium",
  high: "bg-high",
  critical: "bg-critical",
};
const SEVERITIES: Severity[] = ["low", "medium", "high", "critical"];

function Mark({ at, event }: { at: number; event: EventDocument }) {
  if (at < 0 || at > 1) return null;
  return (
    <span
      aria-hidden
      title={event.description}
      className={classes(
        "absolute w-1.5 -translate-x-1/2 rounded-full ring-1 ring-surface",
        HEIGHTS[event.severity],
        COLOURS[event.severity],
      )}
      style={{ left: `${at * 100}%` }}
    />
  );
}

function Line({ at, className, label }: { at: number; className: string; label?: string }) {
  if (at < 0 || at > 1) return null;
  return (
    <span
      aria-hidden
      className={classes("pointer-events-none absolute inset-y-0 w-px", className)}
      style={{ left: `${at * 100}%` }}
    >
      {label && (
        <span
          className={classes(
            "absolute top-0.5 rounded bg-ink px-1.5 text-xs text-surface tabular-nums",
            at > 0.5 ? "right-1.5" : "left-1.5",
          )}
        >
          {label}
        </span>
      )}
    </span>
  );
}

/** What the colours mean. */
function Legend() {
  const t = useTranslations("monitoring.timeline");
  const severity = useTranslations("monitoring.incidents.severity");
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
      <LegendEntry look="w-4 bg-accent/45" words={t("recordedSpan")} />
      <LegendEntry look="gap-pattern w-4" words={t("gapSpan")} />
      {SEVERITIES.map((name) => (
        <LegendEntry key={name} look={classes("w-1.5 rounded-full", COLOURS[name])} words={severity(name)} />
      ))}
    </ul>
  );
}

function LegendEntry({ look, words }: { look: string; words: string }) {
  return (
    <li className="flex items-center gap-1.5">
      <span aria-hidden className={classes("h-3", look)} />
      {words}
    </li>
  );
}

function Hours({ span }: { span: Span }) {
  const format = useFormatter();
  return (
    <div aria-hidden className="relative mt-1 h-5 overflow-hidden text-xs text-muted tabular-nums">
      {ticks(span).map((moment) => (
        <span
          key={moment}
          className="absolute pl-1 before:absolute before:left-0 before:h-2 before:border-l before:border-line"
          style={{ left: `${share(span, moment) * 100}%` }}
        >
          {format.dateTime(moment, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}
        </span>
      ))}
    </div>
  );
}
