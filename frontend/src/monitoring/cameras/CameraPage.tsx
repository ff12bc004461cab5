/** One camera: now, or any recorded moment, with what happened beside it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, ChartColumn, Settings } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { getLiveCamerasByCameraIdOptions } from "../../client/@tanstack/react-query.gen";
import type { CameraDocument } from "../../client/types.gen";
import { buttonClass } from "../../ui/Button";
import { ErrorNotice, Spinner } from "../../ui/notices";
import { Card, PageHead } from "../../ui/page";
import { DayTimeline } from "../playback/DayTimeline";
import { IncidentList } from "../playback/IncidentList";
import { dayOf } from "../playback/span";
import { useDay } from "../playback/useDay";
import { DayFacts, StreamFacts } from "./CameraFacts";
import { Screen } from "./Screen";

const CAMERA_MS = 3_000;

export function CameraPage() {
  const { cameraId } = useParams({ from: "/inside/monitoring/$cameraId" });
  const camera = useQuery({
    ...getLiveCamerasByCameraIdOptions({ path: { camera_id: cameraId } }),
    refetchInterval: CAMERA_MS,
  });
  if (camera.data) return <Camera camera={camera.data} />;
  if (camera.error) return <ErrorNotice error={camera.error} retry={() => void camera.refetch()} />;
  return <Spinner />;
}

function Camera({ camera }: { camera: CameraDocument }) {
  const t = useTranslations("monitoring");
  const { at, seek } = usePosition();
  const [shown, setShown] = useState<number | null>(null);
  const [chosenDay, setDay] = useState<number | null>(null);
  const position = at === null ? null : (shown ?? at);
  const day = dayOf(chosenDay ?? at ?? Date.now());
  const found = useDay(camera.id, day);
  const go = (moment: number | null) => {
    setShown(null);
    setDay(null);
    seek(moment);
  };
  return (
    <>
      <Head camera={camera} />
      <div className="grid gap-5 xl:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="grid min-w-0 content-start gap-5">
          <Screen camera={camera} at={at} archives={found.archives} onTime={setShown} onSeek={go} />
          <DayTimeline
            cameraId={camera.id}
            day={day}
            found={found}
            position={position}
            onSeek={go}
            onDay={setDay}
          />
        </div>
        <div className="grid min-w-0 content-start gap-5 sm:grid-cols-2 xl:grid-cols-1">
          <Card title={t("incidents.title")} className="sm:col-span-2 xl:col-span-1">
            <ErrorNotice error={found.error} />
            <div className="max-h-[26rem] overflow-y-auto">
              <IncidentList events={found.events} onShow={go} />
            </div>
          </Card>
          <DayFacts cameraId={camera.id} />
          <StreamFacts cameraId={camera.id} />
        </div>
      </div>
    </>
  );
}

function Head({ camera }: { camera: CameraDocument }) {
  const t = useTranslations("monitoring");
  return (
    <PageHead
      title={camera.name}
      before={
        <Link
          to="/monitoring"
          className="mb-1 inline-flex items-center gap-1 text-sm text-muted hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          {t("grid.title")}
        </Link>
      }
    >
      <Link to="/reports" search={{ camera: camera.id }} className={buttonClass()}>
        <ChartColumn aria-hidden className="size-4" />
        {t("camera.report")}
      </Link>
      <Link to="/monitoring/$cameraId/settings" params={{ cameraId: camera.id }} className={buttonClass()}>
        <Settings aria-hidden className="size-4" />
        {t("camera.settings")}
      </Link>
    </PageHead>
  );
}

/** The moment that is asked for stands in the address, so that it can be sent to somebody; none is live. */
function usePosition() {
  const search = useSearch({ from: "/inside/monitoring/$cameraId" });
  const navigate = useNavigate();
  const at = search.at ? Date.parse(search.at) : null;
  const seek = (moment: number | null) =>
    void navigate({
      to: ".",
      search: moment === null ? {} : { at: new Date(moment).toISOString() },
      replace: true,
      resetScroll: false,
    });
  return { at, seek };
}
