/** What the organisation wants to be told, and where. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import {
  getLiveAlertSettingsOptions,
  getLiveAlertSettingsQueryKey,
  putLiveAlertSettingsMutation,
} from "../../client/@tanstack/react-query.gen";
import type { Wanted } from "../../client/types.gen";
import { ZONE } from "../../language/language";
import { useAnnounce } from "../../ui/announcer";
import { Button } from "../../ui/Button";
import { SelectField, Switch, TextField } from "../../ui/Field";
import { ErrorNotice, Spinner } from "../../ui/notices";
import { Card, PageHead } from "../../ui/page";
import { Channels } from "./Channels";
import { WatchedRules } from "./WatchedRules";

export function AlertSettings() {
  const t = useTranslations("alerts");
  const settings = useQuery({ ...getLiveAlertSettingsOptions(), refetchOnWindowFocus: false });
  return (
    <>
      <PageHead
        title={t("settings")}
        lead={t("settingsLead")}
        before={
          <Link
            to="/alerts"
            className="mb-1 inline-flex items-center gap-1 text-sm text-muted hover:text-ink"
          >
            <ArrowLeft aria-hidden className="size-4" />
            {t("title")}
          </Link>
        }
      />
      {settings.isPending && <Spinner />}
      <ErrorNotice error={settings.error} retry={() => void settings.refetch()} />
      {settings.data && <SettingsForm wanted={settings.data} />}
    </>
  );
}

function SettingsForm({ wanted }: { wanted: Wanted }) {
  const t = useTranslations("alerts");
  const common = useTranslations("common");
  const saved = useTranslations("monitoring.editor");
  const announce = useAnnounce();
  const queries = useQueryClient();
  const form = useForm<Wanted>({ defaultValues: wanted });
  const save = useMutation({
    ...putLiveAlertSettingsMutation(),
    onSuccess: (kept) => {
      queries.setQueryData(getLiveAlertSettingsQueryKey(), kept);
      form.reset(kept);
      announce(saved("saved"));
    },
  });
  return (
    <FormProvider {...form}>
      <form
        noValidate
        className="grid max-w-3xl gap-5"
        onSubmit={form.handleSubmit((body) => save.mutate({ body: { ...body, time_zone: ZONE } }))}
      >
        <Card>
          <div className="grid gap-4">
            <Switch label={t("enabled")} {...form.register("enabled")} />
            <div className="grid gap-4 sm:grid-cols-2">
              <SelectField label={t("language")} {...form.register("locale")}>
                <option value="ko">한국어</option>
                <option value="en">English</option>
              </SelectField>
              <TextField
                label={t("cooldown")}
                type="number"
                {...form.register("cooldown_seconds", { valueAsNumber: true })}
              />
            </div>
          </div>
        </Card>
        <Channels />
        <WatchedRules />
        <ErrorNotice error={save.error} />
        <Button type="submit" look="primary" className="justify-self-start" disabled={save.isPending}>
          {save.isPending ? common("saving") : common("save")}
        </Button>
      </form>
    </FormProvider>
  );
}
