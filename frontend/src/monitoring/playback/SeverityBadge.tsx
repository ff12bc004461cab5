import { useTranslations } from "use-intl";
import type { Severity } from "../../client/types.gen";
import { classes } from "../../ui/classes";

const DOTS: Record<Severity, string> = {
  low: "bg-low",
  medium: "bg-medium",
  high: "bg-high",
  critical: "bg-critical",
};

export function SeverityBadge({ severity }: { severity: Severity }) {
  const t = useTranslations("monitoring.incidents.severity");
  return (
    <span className="inline-flex items-center gap-2 text-sm font-semibold whitespace-nowrap">
      <span aria-hidden className={classes("size-2.5 rounded-full", DOTS[severity])} />
      {t(severity)}
    </span>
  );
}
