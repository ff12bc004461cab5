/** What happened: incidents of recordings and events as they came, in one list. */
import type { Analyses, Events, Incident } from "../../client/types.gen";
import type { Span } from "./span";

export interface Moment {
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  severity: Incident["severity"];
  category: string;
  description: string;
  confidence: number | null;
  method: string | null;
  source: "quick_look" | "archive" | "stream";
  stillUrl: string | null;
}

/** Newest first. Events of recordings are left out: their incidents are in the analyses, with all that is known. */
export function momentsOf(analyses: Analyses["analyses"], events: Events["events"], within: Span): Moment[] {
  const found = analyses.flatMap((analysis) =>
    analysis.incidents.map(
      (incident, number): Moment => ({
        key: `${analysis.id}/${number}`,
        at: Date.parse(incident.start),
        severity: incident.severity,
        category: incident.category,
        description: incident.description,
        confidence: incident.confidence,
        method: incident.method,
        source: "archive",
        stillUrl: incident.still_url ?? null,
      }),
    ),
  );
  const seen = events
    .filter((event) => event.source !== "archive")
    .map(
      (event): Moment => ({
        key: event.id,
        at: Date.parse(event.at),
        severity: event.severity,
        category: event.category,
        description: event.description,
        confidence: event.confidence ?? null,
        method: event.method ?? null,
        source: event.source,
        stillUrl: event.still_url ?? null,
      }),
    );
  return [...found, ...seen]
    .filter((moment) => moment.at >= within.from && moment.at < within.to)
    .sort((a, b) => b.at - a.at);
}
