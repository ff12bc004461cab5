/** Looks at the camera as the form has it: a still, and what it sends. */
import { useMutation } from "@tanstack/react-query";
import { ScanEye } from "lucide-react";
import type { ReactNode } from "react";
import type { UseFormReturn } from "react-hook-form";
import { useTranslations } from "use-intl";
import { postLiveCamerasTestMutation } from "../../client/@tanstack/react-query.gen";
import type { StreamFacts } from "../../client/types.gen";
import { Button } from "../../ui/Button";
import { useDuration } from "../../ui/duration";
import { ErrorNotice, Spinner } from "../../ui/notices";
import { Card, Facts } from "../../ui/page";
import type { CameraValues } from "./form";

/** Live pictures are cut at keyframes: rarer ones make them later. */
const GOOD_GOP_SECONDS = 1.05;

interface CameraTesterProps {
  cameraId?: string;
  form: UseFormReturn<CameraValues>;
  /** The address as it was saved, without its password. */
  saved: string;
}

export function CameraTester({ cameraId, form, saved }: CameraTesterProps) {
  const t = useTranslations("monitoring.editor");
  const test = useMutation(postLiveCamerasTestMutation());
  const look = async () => {
    if (!(await form.trigger("url"))) return;
    const { url, transport } = form.getValues();
    // an address that was not touched is the saved one, whose password this page never saw
    const which = cameraId && url === saved ? { camera_id: cameraId } : { url };
    test.mutate({ body: { ...which, transport } });
  };
  return (
    <Card
      title={t("testTitle")}
      aside={
        <Button icon={<ScanEye aria-hidden className="size-4" />} disabled={test.isPending} onClick={look}>
          {t("test")}
        </Button>
      }
    >
      <div className="grid aspect-video place-items-center overflow-hidden rounded-lg bg-raised">
        {test.isPending && <Spinner label={t("testing")} />}
        {test.isIdle && <p className="p-6 text-center text-muted">{t("testEmpty")}</p>}
        {test.error && <ErrorNotice error={test.error} className="m-4" />}
        {test.data && <img src={test.data.still} alt={t("stillOf")} className="size-full object-contain" />}
      </div>
      {test.data && (
        <div role="status" className="mt-4">
          <FoundFacts found={test.data.found} />
        </div>
      )}
    </Card>
  );
}

function FoundFacts({ found }: { found: StreamFacts }) {
  const t = useTranslations("monitoring.editor");
  const duration = useDuration();
  const { video, audio } = found;
  const late = video.gop_seconds != null && video.gop_seconds > GOOD_GOP_SECONDS;
  const facts: [string, ReactNode][] = [
    [t("protocol"), found.protocol],
    [t("video"), `${video.codec}, ${video.pixel_format}`],
    [t("size"), `${video.width}×${video.height}`],
    [t("rate"), video.fps == null ? "–" : t("fps", { fps: video.fps })],
    [t("gop"), video.gop_seconds == null ? "–" : duration(video.gop_seconds)],
    [t("audio"), audio ? audio.codec : t("noAudio")],
  ];
  return (
    <>
      <Facts facts={facts} />
      <p className={video.browser_playable ? "mt-3 text-good" : "mt-3 text-warn"}>
        {video.browser_playable ? t("playable") : t("notPlayable")}
      </p>
      {late && <p className="mt-1 text-warn">{t("gopLong")}</p>}
    </>
  );
}
