/** The live picture of one camera, with what it is doing in words and how late it is. */
import { useQueryClient } from "@tanstack/react-query";
import { LoaderCircle, Radio } from "lucide-react";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { getLivePlaylistLinkByCameraIdOptions } from "../../client/@tanstack/react-query.gen";
import { classes } from "../../ui/classes";
import { LivePlayer, type LiveReading } from "./livePlayer";

/** More than this behind, and the way back to the edge is offered; seconds. */
const LATE = 8;

interface LiveVideoProps {
  cameraId: string;
  name: string;
  muted?: boolean;
  /** Of the video element, for full screen and sound. */
  ref?: Ref<HTMLVideoElement | null>;
  compact?: boolean;
}

export function LiveVideo({ cameraId, name, muted = true, ref, compact }: LiveVideoProps) {
  const t = useTranslations("monitoring.player");
  const video = useRef<HTMLVideoElement>(null);
  const { reading, player } = useLivePlayer(cameraId, video);
  useImperativeHandle<HTMLVideoElement | null, HTMLVideoElement | null>(ref, () => video.current);
  const late = reading.latency !== null && reading.latency > LATE;
  return (
    <div className="relative size-full bg-black">
      <video
        ref={video}
        muted={muted}
        playsInline
        autoPlay
        aria-label={t("live", { name })}
        className="size-full object-contain"
      />
      <PhaseNote reading={reading} quiet={compact} />
      <div className="absolute right-2.5 bottom-2.5 flex items-center gap-2">
        {late && (
          <button
            type="button"
            onClick={() => player.current?.backToLive()}
            className="inline-flex min-h-8 items-center gap-1.5 rounded-lg bg-white px-2.5 text-sm font-medium text-black hover:bg-white/85"
          >
            <Radio aria-hidden className="size-4" />
            {t("backToLive")}
          </button>
        )}
        {reading.latency !== null && reading.phase !== "trouble" && (
          <span
            className={classes(
              "rounded-lg bg-black/65 px-2 py-1 text-white tabular-nums",
              compact ? "text-xs" : "text-sm",
            )}
          >
            {t("latency", { seconds: reading.latency.toFixed(1) })}
          </span>
        )}
      </div>
    </div>
  );
}

/** What the player waits for; a grid of many does not speak up. */
function PhaseNote({ reading, quiet }: { reading: LiveReading; quiet?: boolean }) {
  const t = useTranslations("monitoring.player");
  if (reading.phase === "playing") return null;
  return (
    <p
      role={quiet ? undefined : "status"}
      className="absolute inset-0 flex items-center justify-center gap-2 bg-black/45 p-4 text-center text-white"
    >
      {reading.phase !== "unsupported" && (
        <LoaderCircle aria-hidden className="size-5 shrink-0 animate-spin" />
      )}
      {t(reading.phase)}
    </p>
  );
}

function useLivePlayer(cameraId: string, video: { current: HTMLVideoElement | null }) {
  const queries = useQueryClient();
  const player = useRef<LivePlayer | null>(null);
  const [reading, setReading] = useState<LiveReading>({ phase: "connecting", latency: null, stalls: 0 });
  useEffect(() => {
    if (!video.current) return;
    const opened = new LivePlayer({
      video: video.current,
      playlistUrl: async () => {
        const options = getLivePlaylistLinkByCameraIdOptions({ path: { camera_id: cameraId } });
        return (await queries.fetchQuery({ ...options, staleTime: 0 })).playlist_url;
      },
      onReading: setReading,
    });
    player.current = opened;
    return () => opened.destroy();
  }, [cameraId, video, queries]);
  return { reading, player };
}
