/** What is known of one day of a camera. */
import { useQuery } from "@tanstack/react-query";
import { getLiveTimelineByCameraIdOptions } from "../../client/@tanstack/react-query.gen";
import type { ArchiveDocument, EventDocument, Gap } from "../../client/types.gen";
import { eventsOptions } from "./events";
import type { Span } from "./span";

const TODAY_MS = 10_000;
const NOTHING: never[] = [];

export interface Day {
  archives: readonly ArchiveDocument[];
  gaps: readonly Gap[];
  /** Youngest first. */
  events: readonly EventDocument[];
  pending: boolean;
  error: unknown;
}

export function useDay(cameraId: string, day: Span): Day {
  const path = { camera_id: cameraId };
  const query = { from: new Date(day.from).toISOString(), to: new Date(day.to).toISOString() };
  // past days change no more, but for recordings that are kept or removed
  const refetchInterval = day.to > Date.now() ? TODAY_MS : false;
  const timeline = useQuery({ ...getLiveTimelineByCameraIdOptions({ path, query }), refetchInterval });
  const events = useQuery({ ...eventsOptions(cameraId, day), refetchInterval });
  return {
    archives: timeline.data?.archives ?? NOTHING,
    gaps: timeline.data?.gaps ?? NOTHING,
    events: events.data ?? NOTHING,
    pending: timeline.isPending,
    error: timeline.error ?? events.error,
  };
}
