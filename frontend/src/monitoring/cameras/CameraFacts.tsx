/** What the stream is doing, and what the day brought so far. */
import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";
import {
  getLiveStatsByCameraIdOptions,
  getLiveStatusByCameraIdOptions,
} from "../../client/@tanstack/react-query.gen";
import { ZONE } from "../../language/language";
import { useDuration } from "../../ui/duration";
import { ErrorNotice } from "../../ui/notices";
import { Card, Facts } from "../../ui/page";
import { StateBadge } from "../live/StateBadge";

const STATUS_MS = 3_000;
const STATS_MS = 30_000;

export function useCameraStatus(cameraId: string) {
  return useQuery({
    ...getLiveStatusByCameraIdOptions({ path: { camera_id: cameraId } }),
    refetchInterval: STATUS_MS,
  });
}

export function StreamFacts({ cameraId }: { cameraId: string }) {
  const t = useTranslations("monitoring.camera");
  const format = useFormatter();
  const duration = useDuration();
  const status = useCameraStatus(cameraId);
  const found = status.data;
  if (!found) return <ErrorNotice error={status.error} />;
  const picture = found.width ? `${found.codec} ${found.width}×${found.height}` : "–";
  return (
    <Card title={t("facts")} aside={<StateBadge state={found.state} />}>
      <Facts
        facts={[
          [
            t("since"),
            found.since
              ? format.dateTime(new Date(found.since), { dateStyle: "short", timeStyle: "short" })
              : "–",
          ],
          [
            t("picture"),
            found.width ? `${picture}, ${found.transcoding ? t("transcoding") : t("copied")}` : picture,
          ],
          [t("segment"), found.segment_seconds ? duration(found.segment_seconds) : "–"],
          [
            t("age"),
            found.last_segment_age_seconds != null
              ? t("ago", { duration: duration(found.last_segment_age_seconds) })
              : "–",
          ],
          [t("reconnects"), format.number(found.reconnects)],
          [t("stalls"), format.number(found.stalls)],
          [t("host"), found.host ?? "–"],
        ]}
      />
    </Card>
  );
}

export function DayFacts({ cameraId }: { cameraId: string }) {
  const t = useTranslations("monitoring");
  const format = useFormatter();
  const duration = useDuration();
  const stats = useQuery({
    ...getLiveStatsByCameraIdOptions({ path: { camera_id: cameraId }, query: { days: 1, tz: ZONE } }),
    refetchInterval: STATS_MS,
  });
  const found = stats.data?.today;
  if (!found) return <ErrorNotice error={stats.error} />;
  return (
    <Card title={t("camera.today")}>
      <Facts
        facts={[
          [
            t("camera.score"),
            found.mean_score == null ? "–" : format.number(found.mean_score, { maximumFractionDigits: 0 }),
          ],
          [t("incidents.title"), format.number(found.incidents)],
          [t("camera.recorded"), duration(found.recorded_seconds)],
          [t("camera.analysed"), duration(found.analysed_seconds)],
          [
            t("camera.uptime"),
            found.uptime_ratio == null
              ? "–"
              : format.number(found.uptime_ratio, { style: "percent", maximumFractionDigits: 1 }),
          ],
        ]}
      />
    </Card>
  );
}
