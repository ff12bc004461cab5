import { ShieldCheck } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import { EmptyState } from "../../ui/notices";
import type { Moment } from "./moments";
import { SeverityBadge } from "./SeverityBadge";

export function IncidentList({
  moments,
  onShow,
}: {
  moments: readonly Moment[];
  onShow: (moment: number) => void;
}) {
  const t = useTranslations("monitoring.incidents");
  if (moments.length === 0)
    return <EmptyState icon={<ShieldCheck className="size-6" />} title={t("empty")} text={t("emptyText")} />;
  return (
    <ol className="-mx-2 grid content-start gap-1">
      {moments.map((moment) => (
        <li key={moment.key}>
          <IncidentRow moment={moment} onShow={onShow} />
        </li>
      ))}
    </ol>
  );
}

function IncidentRow({ moment, onShow }: { moment: Moment; onShow: (moment: number) => void }) {
  const t = useTranslations("monitoring.incidents");
  const format = useFormatter();
  const time = format.dateTime(moment.at, { timeStyle: "medium" });
  const details = [
    t(`source.${moment.source}`),
    moment.method,
    moment.confidence !== null &&
      t("confidence", { percent: format.number(moment.confidence, { style: "percent" }) }),
  ];
  return (
    <button
      type="button"
      onClick={() => onShow(moment.at)}
      aria-label={t("show", { time, what: `${t(`severity.${moment.severity}`)}, ${moment.description}` })}
      className="grid w-full gap-1 rounded-[0.625rem] px-2 py-2.5 text-left hover:bg-raised"
    >
      <span className="flex items-center justify-between gap-3">
        <SeverityBadge severity={moment.severity} />
        <time className="text-sm text-muted tabular-nums" dateTime={new Date(moment.at).toISOString()}>
          {time}
        </time>
      </span>
      <span>{moment.description}</span>
      <span className="text-sm text-muted">{details.filter(Boolean).join(" · ")}</span>
    </button>
  );
}
