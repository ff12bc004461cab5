/** What is or was wrong, youngest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing, Settings } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import { getLiveAlertsQueryKey } from "../../client/@tanstack/react-query.gen";
import { getLiveAlerts } from "../../client/sdk.gen";
import type { AlertDocument } from "../../client/types.gen";
import { Button, buttonClass } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { EmptyState, ErrorNotice, Spinner } from "../../ui/notices";
import { Card, PageHead } from "../../ui/page";
import { Table } from "../../ui/Table";
import { SeverityBadge } from "../playback/SeverityBadge";

const ALERTS_MS = 10_000;

export function AlertList() {
  const t = useTranslations("alerts");
  const common = useTranslations("common");
  const alerts = useInfiniteQuery({
    queryKey: getLiveAlertsQueryKey(),
    queryFn: async ({ pageParam, signal }) =>
      (await getLiveAlerts({ query: { cursor: pageParam }, signal })).data,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ALERTS_MS,
  });
  const found = alerts.data?.pages.flatMap((page) => page.alerts) ?? [];
  return (
    <>
      <PageHead title={t("title")} lead={t("lead")}>
        <Link to="/alerts/settings" className={buttonClass()}>
          <Settings aria-hidden className="size-4" />
          {t("settings")}
        </Link>
      </PageHead>
      <Card>
        {alerts.isPending && <Spinner />}
        <ErrorNotice error={alerts.error} retry={() => void alerts.refetch()} />
        {alerts.isSuccess && found.length === 0 && (
          <EmptyState icon={<BellRing className="size-6" />} title={t("empty")} text={t("emptyText")} />
        )}
        {found.length > 0 && (
          <Table
            caption={t("caption")}
            head={[t("severityColumn"), t("what"), t("state"), t("since"), t("told")]}
          >
            {found.map((alert) => (
              <AlertRow key={alert.id} alert={alert} />
            ))}
          </Table>
        )}
        {alerts.hasNextPage && (
          <div className="mt-4 text-center">
            <Button disabled={alerts.isFetchingNextPage} onClick={() => void alerts.fetchNextPage()}>
              {common("more")}
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}

const LOOKS: Record<AlertDocument["state"], string> = {
  firing: "bg-bad-soft text-bad",
  recovered: "bg-good-soft text-good",
  ended: "bg-raised text-muted",
  seen: "bg-warn-soft text-warn",
};

function AlertRow({ alert }: { alert: AlertDocument }) {
  const t = useTranslations("alerts");
  const format = useFormatter();
  return (
    <tr>
      <td>
        <SeverityBadge severity={alert.severity} />
      </td>
      <td>
        <span className="font-medium">{alert.title}</span>
        <div className="text-sm text-muted">{t(`rules.${alert.rule}`)}</div>
      </td>
      <td>
        <span
          className={classes(
            "rounded-full px-2.5 py-0.5 text-sm font-medium whitespace-nowrap",
            LOOKS[alert.state],
          )}
        >
          {t(`states.${alert.state}`)}
        </span>
      </td>
      <td className="whitespace-nowrap tabular-nums">
        {format.dateTime(new Date(alert.since), { dateStyle: "short", timeStyle: "short" })}
      </td>
      <td className="whitespace-nowrap">
        {alert.notified_at ? t("toldTo", { count: alert.channels }) : t("notTold")}
      </td>
    </tr>
  );
}
