/** What is known of one day of a camera. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import {
  getLiveEventsByCameraIdOptions,
  getLiveSegmentAnalysesByCameraIdOptions,
  getLiveTimelineByCameraIdOptions,
} from "../../client/@tanstack/react-query.gen";
import type { ArchiveView, Gap } from "../../client/types.gen";
import { type Moment, momentsOf } from "./moments";
import type { Span } from "./span";

const TODAY_MS = 10_000;
/** More than a day of ten-minute recordings. */
const ANALYSES = 200;

export interface Day {
  archives: ArchiveView[];
  gaps: Gap[];
  moments: Moment[];
  pending: boolean;
  error: unknown;
}

export function useDay(cameraId: string, day: Span): Day {
  const path = { camera_id: cameraId };
  const query = { from: new Date(day.from).toISOString(), to: new Date(day.to).toISOString() };
  // past days change no more, but for recordings that are kept or removed
  const refetchInterval = day.to > Date.now() ? TODAY_MS : false;
  const timeline = useQuery({ ...getLiveTimelineByCameraIdOptions({ path, query }), refetchInterval });
  const analyses = useQuery({
    ...getLiveSegmentAnalysesByCameraIdOptions({ path, query: { ...query, limit: ANALYSES } }),
    refetchInterval,
  });
  const events = useQuery({ ...getLiveEventsByCameraIdOptions({ path }), refetchInterval: TODAY_MS });
  const { from, to } = day;
  const moments = useMemo(
    () => momentsOf(analyses.data?.analyses ?? [], events.data?.events ?? [], { from, to }),
    [analyses.data, events.data, from, to],
  );
  return {
    archives: timeline.data?.archives ?? [],
    gaps: timeline.data?.gaps ?? [],
    moments,
    pending: timeline.isPending,
    error: timeline.error ?? analyses.error ?? events.error,
  };
}
