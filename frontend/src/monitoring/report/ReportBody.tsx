import { Link } from "@tanstack/react-router";
import { ChartColumn } from "lucide-react";
import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { DailyReportDocument } from "../../client/types.gen";
import { useDuration } from "../../ui/duration";
import { EmptyState } from "../../ui/notices";
import { Card } from "../../ui/page";
import { Table } from "../../ui/Table";
import { SeverityBadge } from "../playback/SeverityBadge";
import { useCategory, useReason } from "../playback/words";
import { CategoryChart } from "./CategoryChart";
import { HourChart } from "./HourChart";
import { ScoreChart } from "./ScoreChart";

export function ReportBody({ report }: { report: DailyReportDocument }) {
  const t = useTranslations("reports");
  if (report.coverage.recorded_seconds === 0) {
    return (
      <div className="card">
        <EmptyState icon={<ChartColumn className="size-6" />} title={t("empty")} text={t("emptyText")} />
      </div>
    );
  }
  return (
    <div className="grid gap-5">
      <Figures report={report} />
      {report.summary && (
        <Card title={t("summary")}>
          <p className="max-w-prose">{report.summary}</p>
        </Card>
      )}
      <Card title={t("scoreOverDay")}>
        <ScoreChart report={report} />
      </Card>
      <div className="grid gap-5 lg:grid-cols-2">
        <Card title={t("byHour")}>
          <HourChart counts={report.incidents_by_hour} />
        </Card>
        <Card title={t("byCategory")}>
          <CategoryChart counts={report.incidents_by_category} />
        </Card>
        <Worst report={report} />
        <Gaps report={report} />
      </div>
    </div>
  );
}

function Figures({ report }: { report: DailyReportDocument }) {
  const t = useTranslations("reports");
  const format = useFormatter();
  const percent = (ratio: number | null) =>
    ratio === null ? "–" : format.number(ratio, { style: "percent", maximumFractionDigits: 1 });
  const { coverage, score_mean } = report;
  return (
    <dl className="grid grid-cols-2 gap-5 lg:grid-cols-4">
      <Figure name={t("meanScore")} note={score_mean == null ? t("noScore") : t("outOf")}>
        {score_mean == null ? "–" : format.number(score_mean, { maximumFractionDigits: 0 })}
      </Figure>
      <Figure name={t("incidents")}>{format.number(report.incidents)}</Figure>
      <Figure name={t("recorded")} note={t("ofDay")} ratio={coverage.recorded_ratio}>
        {percent(coverage.recorded_ratio)}
      </Figure>
      <Figure name={t("analysed")} note={t("ofDay")} ratio={coverage.analysed_ratio}>
        {percent(coverage.analysed_ratio)}
      </Figure>
    </dl>
  );
}

function Figure({
  name,
  note,
  ratio,
  children,
}: {
  name: string;
  note?: string;
  ratio?: number | null;
  children: ReactNode;
}) {
  return (
    <div className="card flex flex-col gap-1 p-5">
      <dt className="text-muted">{name}</dt>
      <dd>
        <span className="text-3xl font-semibold tracking-tight tabular-nums">{children}</span>
        {note && <span className="ml-2 text-sm whitespace-nowrap text-muted">{note}</span>}
        {ratio != null && (
          <span aria-hidden className="mt-2.5 block h-1.5 overflow-hidden rounded-full bg-raised">
            <span
              className="block h-full rounded-full bg-accent"
              style={{ width: `${Math.min(1, ratio) * 100}%` }}
            />
          </span>
        )}
      </dd>
    </div>
  );
}

function useClock() {
  const format = useFormatter();
  return (at: string) =>
    format.dateTime(new Date(at), {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
}

function Worst({ report }: { report: DailyReportDocument }) {
  const category = useCategory();
  const t = useTranslations("reports");
  const clock = useClock();
  return (
    <Card title={t("worst")}>
      {report.worst.length === 0 && <p className="text-muted">{t("worstEmpty")}</p>}
      <ol className="grid gap-3">
        {report.worst.map((incident) => (
          <li key={`${incident.start}/${incident.category}`}>
            <div className="flex items-center justify-between gap-3">
              <SeverityBadge severity={incident.severity} />
              <Link
                to="/monitoring/$cameraId"
                params={{ cameraId: report.camera_id }}
                search={{ at: incident.start }}
                className="text-sm text-accent tabular-nums underline-offset-4 hover:underline"
              >
                {clock(incident.start)}
              </Link>
            </div>
            <p className="font-medium">{category(incident.category)}</p>
            <p className="text-sm">{incident.description}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Gaps({ report }: { report: DailyReportDocument }) {
  const reason = useReason();
  const t = useTranslations("reports");
  const clock = useClock();
  const duration = useDuration();
  return (
    <Card title={t("gaps")}>
      {report.gaps.length === 0 ? (
        <p className="text-muted">{t("gapsEmpty")}</p>
      ) : (
        <Table caption={t("gaps")} head={[t("from"), t("to"), t("length"), t("reason")]}>
          {report.gaps.map((gap) => (
            <tr key={gap.start} className="tabular-nums">
              <td>{clock(gap.start)}</td>
              <td>{clock(gap.end)}</td>
              <td>{duration(gap.seconds)}</td>
              <td>{reason(gap.reason)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}
