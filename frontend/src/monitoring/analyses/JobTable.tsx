import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { AnalysisJob } from "../../client/types.gen";
import { classes } from "../../ui/classes";
import { useDuration } from "../../ui/duration";
import { useCodeText } from "../../ui/notices";
import { Table } from "../../ui/Table";

interface JobTableProps {
  jobs: readonly AnalysisJob[];
  nameOf: (cameraId: string) => string;
  action: (job: AnalysisJob) => ReactNode;
}

const LOOKS: Record<AnalysisJob["status"], string> = {
  pending: "bg-raised text-muted",
  processing: "bg-accent-soft text-accent-strong",
  completed: "bg-good-soft text-good",
  failed: "bg-bad-soft text-bad",
};

export function JobTable({ jobs, nameOf, action }: JobTableProps) {
  const t = useTranslations("monitoring.analyses");
  const head = [
    t("recording"),
    t("statusLabel"),
    t("worker"),
    t("waited"),
    t("took"),
    <span key="actions" className="sr-only">
      {t("retry")}
    </span>,
  ];
  return (
    <Table caption={t("caption")} head={head}>
      {jobs.map((job) => (
        <JobRow key={job.id} job={job} name={nameOf(job.camera_id)} action={action(job)} />
      ))}
    </Table>
  );
}

function JobRow({ job, name, action }: { job: AnalysisJob; name: string; action: ReactNode }) {
  const t = useTranslations("monitoring.analyses");
  const format = useFormatter();
  const duration = useDuration();
  const words = useCodeText();
  const start = new Date(job.segment_start);
  return (
    <tr>
      <td>
        <Link
          to="/monitoring/$cameraId"
          params={{ cameraId: job.camera_id }}
          search={{ at: start.toISOString() }}
          className="font-medium underline-offset-4 hover:text-accent hover:underline"
        >
          {name}
        </Link>
        <div className="text-sm whitespace-nowrap text-muted tabular-nums">
          {format.dateTimeRange(start, new Date(job.segment_end), { dateStyle: "short", timeStyle: "short" })}
        </div>
      </td>
      <td>
        <span
          className={classes(
            "rounded-full px-2.5 py-0.5 text-sm font-medium whitespace-nowrap",
            LOOKS[job.status],
          )}
        >
          {t(`status.${job.status}`)}
        </span>
        {job.error_code && (
          <p className="mt-1.5 max-w-sm min-w-48 text-sm text-bad">
            {words(job.error_code, job.error_message ?? "")}
          </p>
        )}
      </td>
      <td className="whitespace-nowrap">{job.worker_id ?? "–"}</td>
      <td className="whitespace-nowrap tabular-nums">{duration(waited(job))}</td>
      <td className="whitespace-nowrap tabular-nums">
        {job.duration == null ? "–" : duration(job.duration)}
      </td>
      <td className="text-right">{action}</td>
    </tr>
  );
}

/** Seconds from the registration to the start, or until now. */
function waited(job: AnalysisJob): number {
  const until = job.started_at ? Date.parse(job.started_at) : Date.now();
  return Math.max(0, (until - Date.parse(job.created_at)) / 1000);
}
