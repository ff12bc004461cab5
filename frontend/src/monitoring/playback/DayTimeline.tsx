/** The timeline with its day, its zoom, and what can be done with the recording that is shown. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Download, Pin } from "lucide-react";
import { useEffect, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { putLiveArchivesByCameraIdByArchiveIdKeepMutation } from "../../client/@tanstack/react-query.gen";
import { getLiveArchivesByCameraIdByArchiveIdLink } from "../../client/sdk.gen";
import type { ArchiveDocument } from "../../client/types.gen";
import { Button, IconButton } from "../../ui/Button";
import { ErrorNotice, Skeleton } from "../../ui/notices";
import { Card } from "../../ui/page";
import { Segmented } from "../../ui/Segmented";
import { holding, neighbour, type Span, sight } from "./span";
import { Timeline } from "./Timeline";
import type { Day } from "./useDay";

type Zoom = "24" | "6" | "1";
const ZOOMS: Zoom[] = ["24", "6", "1"];
const CLOCK_MS = 5_000;

interface DayTimelineProps {
  cameraId: string;
  day: Span;
  found: Day;
  position: number | null;
  onSeek: (moment: number) => void;
  onDay: (moment: number) => void;
}

export function DayTimeline({ cameraId, day, found, position, onSeek, onDay }: DayTimelineProps) {
  const t = useTranslations("monitoring.timeline");
  const [zoom, setZoom] = useState<Zoom>("24");
  const now = useNow();
  const span = sight(day, Number(zoom), position ?? Math.min(now, day.to));
  const archive = position === null ? undefined : holding(found.archives, position);
  return (
    <Card
      title={t("title")}
      aside={
        <div className="flex flex-wrap items-center gap-3">
          <DayChoice day={day} now={now} onDay={onDay} />
          <Segmented
            label={t("zoom")}
            value={zoom}
            options={ZOOMS.map((hours) => ({ value: hours, label: t("hours", { hours: Number(hours) }) }))}
            onChange={setZoom}
          />
        </div>
      }
    >
      {found.pending ? (
        <Skeleton className="h-22" />
      ) : (
        <Timeline
          span={span}
          day={day}
          archives={found.archives}
          gaps={found.gaps}
          events={found.events}
          position={position}
          now={now}
          onSeek={onSeek}
        />
      )}
      {!found.pending && found.archives.length === 0 && <p className="mt-2 text-muted">{t("empty")}</p>}
      {archive && <RecordingActions cameraId={cameraId} archive={archive} />}
    </Card>
  );
}

function DayChoice({ day, now, onDay }: { day: Span; now: number; onDay: (moment: number) => void }) {
  const t = useTranslations("monitoring.timeline");
  const format = useFormatter();
  const today = day.to > now;
  return (
    <div className="flex items-center gap-1">
      <IconButton label={t("previousDay")} onClick={() => onDay(neighbour(day, -1).from)}>
        <ChevronLeft aria-hidden className="size-5" />
      </IconButton>
      <span className="min-w-28 text-center font-medium tabular-nums">
        {format.dateTime(day.from, { dateStyle: "medium" })}
      </span>
      <IconButton label={t("nextDay")} disabled={today} onClick={() => onDay(neighbour(day, 1).from)}>
        <ChevronRight aria-hidden className="size-5" />
      </IconButton>
    </div>
  );
}

function RecordingActions({ cameraId, archive }: { cameraId: string; archive: ArchiveDocument }) {
  const t = useTranslations("monitoring.timeline");
  const queries = useQueryClient();
  const path = { camera_id: cameraId, archive_id: archive.id };
  const keep = useMutation({
    ...putLiveArchivesByCameraIdByArchiveIdKeepMutation(),
    onSettled: () => queries.invalidateQueries({ predicate: (query) => isTimeline(query.queryKey) }),
  });
  const download = useMutation({
    mutationFn: async () => (await getLiveArchivesByCameraIdByArchiveIdLink({ path })).data.url,
    onSuccess: (url) => save(url, archive.file_name),
  });
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 border-t border-line pt-3">
      <span className="min-w-0 flex-1 truncate text-sm text-muted tabular-nums">{archive.file_name}</span>
      <Button
        small
        aria-pressed={archive.kept}
        icon={<Pin aria-hidden className="size-4" fill={archive.kept ? "currentColor" : "none"} />}
        disabled={keep.isPending}
        onClick={() => keep.mutate({ path, body: { kept: !archive.kept } })}
      >
        {archive.kept ? t("kept") : t("keep")}
      </Button>
      <Button
        small
        icon={<Download aria-hidden className="size-4" />}
        disabled={download.isPending}
        onClick={() => download.mutate()}
      >
        {t("download")}
      </Button>
      <ErrorNotice error={keep.error ?? download.error} className="w-full" />
    </div>
  );
}

/** Timelines of all days: the generated keys begin with the name of the call. */
function isTimeline(key: readonly unknown[]): boolean {
  return (key[0] as { _id?: string } | undefined)?._id === "getLiveTimelineByCameraId";
}

function save(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
