/** Plays the recordings from a moment on, one after another. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { getLiveArchivesByCameraIdByArchiveIdLinkOptions } from "../../client/@tanstack/react-query.gen";
import type { ArchiveDocument } from "../../client/types.gen";
import { ErrorNotice, Spinner } from "../../ui/notices";
import { following, holding } from "./span";

/** Two recordings that lie closer together are played as if they were one; milliseconds. */
const NEXT_MS = 5_000;
/** Signed links are asked for again when they are older. */
const LINK_MS = 60_000;

interface ArchivePlaybackProps {
  cameraId: string;
  name: string;
  archives: readonly ArchiveDocument[];
  /** Where to begin. */
  from: number;
  /** What is shown now; told several times a second. */
  onTime: (moment: number) => void;
  /** Go on at another moment. */
  onSeek: (moment: number) => void;
}

export function ArchivePlayback({ cameraId, name, archives, from, onTime, onSeek }: ArchivePlaybackProps) {
  const t = useTranslations("monitoring");
  const format = useFormatter();
  const archive = holding(archives, from);
  if (!archive) {
    return (
      <p role="status" className="grid size-full place-items-center bg-neutral-900 p-6 text-neutral-300">
        {t("timeline.nothingHere", { time: format.dateTime(from, { timeStyle: "medium" }) })}
      </p>
    );
  }
  const goOn = () => {
    const end = Date.parse(archive.end);
    const next = following(archives, end - 1);
    if (next && Date.parse(next.start) - end < NEXT_MS) onSeek(Date.parse(next.start));
  };
  return (
    <Recording
      key={archive.id}
      cameraId={cameraId}
      label={t("player.archive", { name })}
      archive={archive}
      from={from}
      onTime={onTime}
      onEnd={goOn}
    />
  );
}

interface RecordingProps {
  cameraId: string;
  label: string;
  archive: ArchiveDocument;
  from: number;
  onTime: (moment: number) => void;
  onEnd: () => void;
}

function Recording({ cameraId, label, archive, from, onTime, onEnd }: RecordingProps) {
  const video = useRef<HTMLVideoElement>(null);
  const start = Date.parse(archive.start);
  const link = useQuery({
    ...getLiveArchivesByCameraIdByArchiveIdLinkOptions({
      path: { camera_id: cameraId, archive_id: archive.id },
    }),
    staleTime: LINK_MS,
    refetchOnWindowFocus: false,
  });
  const seconds = (from - start) / 1000;
  useEffect(() => {
    if (video.current?.readyState) video.current.currentTime = seconds;
  }, [seconds]);
  if (link.isPending) return <Spinner />;
  if (link.error) return <ErrorNotice error={link.error} retry={() => void link.refetch()} className="m-4" />;
  return (
    <video
      ref={video}
      src={link.data.url}
      aria-label={label}
      controls
      autoPlay
      muted
      playsInline
      className="size-full bg-black object-contain"
      onLoadedMetadata={(event) => {
        event.currentTarget.currentTime = seconds;
      }}
      onTimeUpdate={(event) => onTime(start + event.currentTarget.currentTime * 1000)}
      onEnded={onEnd}
    />
  );
}
