/** Times on the timeline, all of them milliseconds since 1970. */

export interface Span {
  from: number;
  to: number;
}

export interface Stretch {
  start: string;
  end: string;
}

/** Recordings follow one another within this; a longer pause is shown as one. */
const JOINED_MS = 1_500;
const HOUR_MS = 3_600_000;

export function spanOf(stretch: Stretch): Span {
  return { from: Date.parse(stretch.start), to: Date.parse(stretch.end) };
}

/** Stretches that follow one another become one; the answer is in order. */
export function joined(stretches: readonly Stretch[]): Span[] {
  const spans: Span[] = [];
  for (const span of stretches.map(spanOf).sort((a, b) => a.from - b.from)) {
    const last = spans.at(-1);
    if (last && span.from - last.to <= JOINED_MS) last.to = Math.max(last.to, span.to);
    else spans.push({ ...span });
  }
  return spans;
}

/** The stretch that holds a moment. */
export function holding<S extends Stretch>(stretches: readonly S[], moment: number): S | undefined {
  return stretches.find((stretch) => {
    const { from, to } = spanOf(stretch);
    return from <= moment && moment < to;
  });
}

/** The stretch that begins next after a moment. */
export function following<S extends Stretch>(stretches: readonly S[], moment: number): S | undefined {
  return stretches
    .filter((stretch) => Date.parse(stretch.start) >= moment)
    .sort((a, b) => Date.parse(a.start) - Date.parse(b.start))[0];
}

/** The local day of a moment; 23 or 25 hours where clocks change. */
export function dayOf(moment: number): Span {
  const from = new Date(moment);
  from.setHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return { from: from.getTime(), to: to.getTime() };
}

/** The day before (-1) or after (1). */
export function neighbour(day: Span, days: number): Span {
  const noon = new Date(day.from + 12 * HOUR_MS);
  noon.setDate(noon.getDate() + days);
  return dayOf(noon.getTime());
}

/** What is in sight: `hours` around a moment, never beyond the day. */
export function sight(day: Span, hours: number, moment: number): Span {
  const length = Math.min(hours * HOUR_MS, day.to - day.from);
  const from = Math.min(Math.max(moment - length / 2, day.from), day.to - length);
  return { from, to: from + length };
}

/** Where a moment lies in a span, as a share of 1; outside it is below 0 or above 1. */
export function share(span: Span, moment: number): number {
  return (moment - span.from) / (span.to - span.from);
}

export function clamp(span: Span, moment: number): number {
  return Math.min(Math.max(moment, span.from), span.to);
}

/** Round moments within a span: hours, or tens of minutes where it is short. */
export function ticks(span: Span): number[] {
  const hours = (span.to - span.from) / HOUR_MS;
  const step = hours > 12 ? 3 * HOUR_MS : hours > 2 ? HOUR_MS : HOUR_MS / 6;
  const day = dayOf(span.from).from;
  const found: number[] = [];
  for (let moment = day; moment <= span.to; moment += step) if (moment >= span.from) found.push(moment);
  return found;
}
