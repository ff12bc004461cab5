import { useQuery } from "@tanstack/react-query";
import { Cpu } from "lucide-react";
import { useTranslations } from "use-intl";
import { getLiveWorkersOptions } from "../../client/@tanstack/react-query.gen";
import type { WorkerDocument } from "../../client/types.gen";
import { classes } from "../../ui/classes";
import { useDuration } from "../../ui/duration";
import { EmptyState, ErrorNotice, Spinner } from "../../ui/notices";
import { Card, PageHead } from "../../ui/page";
import { Table } from "../../ui/Table";

const WORKERS_MS = 5_000;

export function Workers() {
  const t = useTranslations("monitoring.workers");
  const workers = useQuery({ ...getLiveWorkersOptions(), refetchInterval: WORKERS_MS });
  const found = workers.data?.workers ?? [];
  const head = [t("name"), t("health"), t("jobs"), t("heartbeat"), t("host"), t("queues")];
  return (
    <>
      <PageHead title={t("title")} lead={t("lead")} />
      <Card>
        {workers.isPending && <Spinner />}
        <ErrorNotice error={workers.error} retry={() => void workers.refetch()} />
        {workers.isSuccess && found.length === 0 && (
          <EmptyState icon={<Cpu className="size-6" />} title={t("empty")} text={t("emptyText")} />
        )}
        {found.length > 0 && (
          <Table caption={t("caption")} head={head}>
            {found.map((worker) => (
              <WorkerRow key={`${worker.host}/${worker.name}`} worker={worker} />
            ))}
          </Table>
        )}
      </Card>
    </>
  );
}

function WorkerRow({ worker }: { worker: WorkerDocument }) {
  const t = useTranslations("monitoring.workers");
  const ago = useTranslations("monitoring.camera");
  const duration = useDuration();
  return (
    <tr>
      <td className="font-medium">{worker.name}</td>
      <td>
        <span
          className={classes(
            "inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm font-medium whitespace-nowrap",
            worker.alive ? "bg-good-soft text-good" : "bg-bad-soft text-bad",
          )}
        >
          <span aria-hidden className="size-2 rounded-full bg-current" />
          {t(`states.${worker.state}`)}
        </span>
      </td>
      <td className="whitespace-nowrap">{worker.alive ? t("busy", { count: worker.busy }) : "–"}</td>
      <td className="whitespace-nowrap tabular-nums">
        {ago("ago", { duration: duration(worker.heartbeat_age_seconds) })}
      </td>
      <td>{worker.host}</td>
      <td>{worker.queues.join(", ")}</td>
    </tr>
  );
}
