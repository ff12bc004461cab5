/** A camera's day in figures. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChartColumn } from "lucide-react";
import { useTranslations } from "use-intl";
import {
  getLiveCamerasOptions,
  getLiveDailyReportByCameraIdOptions,
} from "../../client/@tanstack/react-query.gen";
import { useLanguage, ZONE } from "../../language/language";
import { EmptyState, ErrorNotice, Spinner } from "../../ui/notices";
import { PageHead } from "../../ui/page";
import { ReportBody } from "./ReportBody";

export function ReportPage() {
  const t = useTranslations("reports");
  const search = useSearch({ from: "/inside/reports" });
  const navigate = useNavigate();
  const cameras = useQuery(getLiveCamerasOptions());
  const camera = search.camera ?? cameras.data?.cameras[0]?.id;
  const today = localDate(new Date());
  const date = search.date ?? today;
  const choose = (chosen: { camera?: string; date?: string }) =>
    void navigate({ to: "/reports", search: { camera, date, ...chosen }, replace: true });
  return (
    <>
      <PageHead title={t("title")}>
        {camera && (
          <>
            <select
              aria-label={t("pickCamera")}
              className="control w-auto"
              value={camera}
              onChange={(event) => choose({ camera: event.target.value })}
            >
              {cameras.data?.cameras.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
            <input
              type="date"
              aria-label={t("date")}
              className="control w-auto"
              value={date}
              max={today}
              onChange={(event) => event.target.value && choose({ date: event.target.value })}
            />
          </>
        )}
      </PageHead>
      <ErrorNotice error={cameras.error} retry={() => void cameras.refetch()} />
      {cameras.isPending && <Spinner />}
      {cameras.isSuccess && !camera && (
        <div className="card">
          <EmptyState icon={<ChartColumn className="size-6" />} title={t("empty")} text={t("noCamera")} />
        </div>
      )}
      {camera && <Report cameraId={camera} date={date} />}
    </>
  );
}

function Report({ cameraId, date }: { cameraId: string; date: string }) {
  const { language } = useLanguage();
  const report = useQuery({
    ...getLiveDailyReportByCameraIdOptions({
      path: { camera_id: cameraId },
      query: { date, tz: ZONE, locale: language },
    }),
    placeholderData: keepPreviousData,
  });
  if (report.data) return <ReportBody report={report.data} />;
  if (report.error) return <ErrorNotice error={report.error} retry={() => void report.refetch()} />;
  return <Spinner />;
}

/** YYYY-MM-DD by the clock on the wall. */
function localDate(moment: Date): string {
  return [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}
