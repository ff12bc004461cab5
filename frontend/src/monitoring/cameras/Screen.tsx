/** The picture: live, or a recording, or why there is none; below it what can be done. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Maximize, Power, Radio, Volume2, VolumeX } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";
import {
  getLiveCamerasByCameraIdQueryKey,
  postLiveStartHlsStreamByCameraIdMutation,
  postLiveStopHlsStreamByCameraIdMutation,
} from "../../client/@tanstack/react-query.gen";
import type { ArchiveDocument, CameraDocument } from "../../client/types.gen";
import { Button, IconButton } from "../../ui/Button";
import { ErrorNotice } from "../../ui/notices";
import { LiveVideo } from "../live/LiveVideo";
import { StateBadge } from "../live/StateBadge";
import { ArchivePlayback } from "../playback/ArchivePlayback";
import { useCameraStatus } from "./CameraFacts";
import { NoPicture } from "./CameraTile";

interface ScreenProps {
  camera: CameraDocument;
  at: number | null;
  archives: readonly ArchiveDocument[];
  onTime: (moment: number) => void;
  onSeek: (moment: number | null) => void;
}

export function Screen({ camera, at, archives, onTime, onSeek }: ScreenProps) {
  const t = useTranslations("monitoring.player");
  const video = useRef<HTMLVideoElement>(null);
  const [muted, setMuted] = useState(true);
  const playsLive = usePlays(camera) && at === null;
  return (
    <section
      className="card overflow-hidden"
      aria-label={t(at === null ? "live" : "archive", { name: camera.name })}
    >
      <div className="aspect-video max-h-[72dvh] w-full bg-black">
        {at !== null && (
          <ArchivePlayback
            cameraId={camera.id}
            name={camera.name}
            archives={archives}
            from={at}
            onTime={onTime}
            onSeek={onSeek}
          />
        )}
        {playsLive && <LiveVideo ref={video} cameraId={camera.id} name={camera.name} muted={muted} />}
        {at === null && !playsLive && <NoPicture camera={camera} />}
      </div>
      <div className="flex flex-wrap items-center gap-2 px-3 py-2">
        {at === null ? (
          <StateBadge state={camera.state} />
        ) : (
          <Button
            small
            look="primary"
            icon={<Radio aria-hidden className="size-4" />}
            onClick={() => onSeek(null)}
          >
            {t("backToLive")}
          </Button>
        )}
        <span className="flex-1" />
        <OnOff camera={camera} />
        {playsLive && (
          <>
            <IconButton label={muted ? t("unmute") : t("mute")} onClick={() => setMuted(!muted)}>
              {muted ? (
                <VolumeX aria-hidden className="size-5" />
              ) : (
                <Volume2 aria-hidden className="size-5" />
              )}
            </IconButton>
            <IconButton label={t("fullScreen")} onClick={() => void video.current?.requestFullscreen()}>
              <Maximize aria-hidden className="size-5" />
            </IconButton>
          </>
        )}
      </div>
    </section>
  );
}

/** A picture that is older says less than the words that there is none. */
const SHOWN_SECONDS = 60;

/** Whether there is something to show: also of a camera that went away, as long as its playlist has video. */
function usePlays(camera: CameraDocument): boolean {
  const age = useCameraStatus(camera.id).data?.last_segment_age_seconds;
  if (camera.state === "live") return true;
  return camera.state !== "off" && age != null && age < SHOWN_SECONDS;
}

function OnOff({ camera }: { camera: CameraDocument }) {
  const t = useTranslations("monitoring.player");
  const queries = useQueryClient();
  const path = { camera_id: camera.id };
  const onSettled = () => queries.invalidateQueries({ queryKey: getLiveCamerasByCameraIdQueryKey({ path }) });
  const start = useMutation({ ...postLiveStartHlsStreamByCameraIdMutation(), onSettled });
  const stop = useMutation({ ...postLiveStopHlsStreamByCameraIdMutation(), onSettled });
  const off = camera.state === "off";
  return (
    <>
      <ErrorNotice error={start.error ?? stop.error} className="w-full py-1.5" />
      <Button
        small
        icon={<Power aria-hidden className="size-4" />}
        disabled={start.isPending || stop.isPending}
        onClick={() => (off ? start : stop).mutate({ path })}
      >
        {off ? t("start") : t("stop")}
      </Button>
    </>
  );
}
