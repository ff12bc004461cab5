import { ShieldCheck } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import type { EventDocument } from "../../client/types.gen";
import { EmptyState } from "../../ui/notices";
import { SeverityBadge } from "./SeverityBadge";
import { useEventWords } from "./words";

interface IncidentListProps {
  events: readonly EventDocument[];
  onShow: (moment: number) => void;
}

export function IncidentList({ events, onShow }: IncidentListProps) {
  const t = useTranslations("monitoring.incidents");
  if (events.length === 0)
    return <EmptyState icon={<ShieldCheck className="size-6" />} title={t("empty")} text={t("emptyText")} />;
  return (
    <ol className="-mx-2 grid content-start gap-1">
      {events.map((event) => (
        <li key={event.id}>
          <IncidentRow event={event} onShow={onShow} />
        </li>
      ))}
    </ol>
  );
}

function IncidentRow({ event, onShow }: { event: EventDocument; onShow: (moment: number) => void }) {
  const t = useTranslations("monitoring.incidents");
  const format = useFormatter();
  const words = useEventWords();
  const time = format.dateTime(new Date(event.at), { timeStyle: "medium" });
  const { title, text } = words(event);
  const details = [
    t(`source.${event.source}`),
    event.method,
    event.confidence !== null &&
      t("confidence", { percent: format.number(event.confidence, { style: "percent" }) }),
  ];
  return (
    <button
      type="button"
      onClick={() => onShow(Date.parse(event.at))}
      className="grid w-full gap-1 rounded-[0.625rem] px-2 py-2.5 text-left hover:bg-raised"
    >
      <span className="sr-only">{t("show")}</span>
      <span className="flex items-center justify-between gap-3">
        <SeverityBadge severity={event.severity} />
        <time className="text-sm text-muted tabular-nums" dateTime={event.at}>
          {time}
        </time>
      </span>
      <span className="font-medium">{title}</span>
      {event.still_url && (
        <img
          src={event.still_url}
          alt=""
          loading="lazy"
          className="my-1 aspect-video w-40 rounded-lg bg-raised object-cover"
        />
      )}
      <span className="text-sm">{text}</span>
      <span className="text-sm text-muted">{details.filter(Boolean).join(" · ")}</span>
    </button>
  );
}
