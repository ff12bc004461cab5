/** What happened before a camera in a time, all pages of it. */
import { queryOptions } from "@tanstack/react-query";
import { getLiveEventsByCameraIdQueryKey } from "../../client/@tanstack/react-query.gen";
import { getLiveEventsByCameraId } from "../../client/sdk.gen";
import type { EventDocument } from "../../client/types.gen";
import type { Span } from "./span";

const PAGE = 200;
/** A day with more has another trouble than its list. */
const MOST = 1_000;

/** Youngest first. */
export function eventsOptions(cameraId: string, within: Span) {
  const path = { camera_id: cameraId };
  const query = {
    from: new Date(within.from).toISOString(),
    to: new Date(within.to).toISOString(),
    limit: PAGE,
  };
  return queryOptions({
    queryKey: getLiveEventsByCameraIdQueryKey({ path, query }),
    queryFn: async ({ signal }) => {
      const events: EventDocument[] = [];
      let cursor: string | null = null;
      do {
        const page: { events: EventDocument[]; next_cursor: string | null } = (
          await getLiveEventsByCameraId({ path, query: { ...query, cursor }, signal })
        ).data;
        events.push(...page.events);
        cursor = page.next_cursor;
      } while (cursor !== null && events.length < MOST);
      return events;
    },
  });
}
