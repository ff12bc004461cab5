/** What is watched, and where its limit is. */
import type { ReactNode } from "react";
import { useFormContext } from "react-hook-form";
import { useTranslations } from "use-intl";
import type { AlertDocument, Severity, Wanted } from "../../client/types.gen";
import { SelectField, Switch, TextField } from "../../ui/Field";
import { Card } from "../../ui/page";

type Rule = AlertDocument["rule"];
const SEVERITIES: Severity[] = ["low", "medium", "high", "critical"];

export function WatchedRules() {
  const t = useTranslations("alerts");
  const severity = useTranslations("monitoring.incidents.severity");
  const { register } = useFormContext<Wanted>();
  const number = { valueAsNumber: true } as const;
  return (
    <Card title={t("watched")}>
      <div className="grid gap-6">
        <RuleFields rule="camera_down">
          <TextField label={t("seconds")} type="number" {...register("rules.camera_down.seconds", number)} />
        </RuleFields>
        <RuleFields rule="worker_down">
          <TextField label={t("seconds")} type="number" {...register("rules.worker_down.seconds", number)} />
          <TextField label={t("least")} type="number" {...register("rules.worker_down.least", number)} />
        </RuleFields>
        <RuleFields rule="pending_too_old">
          <TextField
            label={t("seconds")}
            type="number"
            {...register("rules.pending_too_old.seconds", number)}
          />
        </RuleFields>
        <RuleFields rule="disk_low">
          <TextField label={t("percent")} type="number" {...register("rules.disk_low.percent", number)} />
        </RuleFields>
        <RuleFields rule="severe_incident">
          <SelectField label={t("severity")} {...register("rules.severe_incident.severity")}>
            {SEVERITIES.map((value) => (
              <option key={value} value={value}>
                {severity(value)}
              </option>
            ))}
          </SelectField>
        </RuleFields>
      </div>
    </Card>
  );
}

function RuleFields({ rule, children }: { rule: Rule; children: ReactNode }) {
  const t = useTranslations("alerts");
  const { register, watch } = useFormContext<Wanted>();
  return (
    <fieldset className="border-b border-line pb-5 last:border-0 last:pb-0">
      <legend className="sr-only">{t(`rules.${rule}`)}</legend>
      <Switch label={t(`rules.${rule}`)} {...register(`rules.${rule}.enabled`)} />
      {watch(`rules.${rule}.enabled`) !== false && (
        <div className="mt-2 grid gap-4 sm:grid-cols-2">{children}</div>
      )}
    </fieldset>
  );
}
