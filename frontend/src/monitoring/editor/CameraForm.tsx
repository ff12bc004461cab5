/** All settings of a camera, and its test beside them. */
import type { ReactNode } from "react";
import { type UseFormReturn, useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { Button } from "../../ui/Button";
import { SelectField, Switch, TextArea, TextField } from "../../ui/Field";
import { ErrorNotice } from "../../ui/notices";
import { Card } from "../../ui/page";
import { CameraTester } from "./CameraTester";
import { type CameraValues, SCHEMES } from "./form";

interface CameraFormProps {
  /** Of a camera that is there already. */
  cameraId?: string;
  values: CameraValues;
  submitLabel: string;
  pending: boolean;
  error: unknown;
  onSubmit: (camera: CameraValues) => void;
  children?: ReactNode;
}

type Form = UseFormReturn<CameraValues>;

export function CameraForm({
  cameraId,
  values,
  submitLabel,
  pending,
  error,
  onSubmit,
  children,
}: CameraFormProps) {
  const t = useTranslations("common");
  const form = useForm<CameraValues>({ defaultValues: values });
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
      <form noValidate className="grid gap-5" onSubmit={form.handleSubmit(onSubmit)}>
        <Source form={form} kept={cameraId !== undefined} />
        <Recording form={form} />
        <Analysis form={form} />
        <ErrorNotice error={error} />
        <div className="flex flex-wrap items-center justify-between gap-3">
          <Button type="submit" look="primary" disabled={pending}>
            {pending ? t("saving") : submitLabel}
          </Button>
          {children}
        </div>
      </form>
      <div className="lg:sticky lg:top-9">
        <CameraTester cameraId={cameraId} form={form} saved={values.url} />
      </div>
    </div>
  );
}

function Source({ form, kept }: { form: Form; kept: boolean }) {
  const t = useTranslations("monitoring.editor");
  const required = useTranslations("accounts")("required");
  const { register, formState } = form;
  return (
    <Card title={t("source")}>
      <div className="grid gap-4">
        <TextField
          label={t("name")}
          hint={t("nameHint")}
          autoComplete="off"
          error={formState.errors.name?.message}
          {...register("name", { required, maxLength: 200 })}
        />
        <TextField
          label={t("url")}
          hint={kept ? t("urlKept") : t("urlHint")}
          autoComplete="off"
          spellCheck={false}
          error={formState.errors.url?.message}
          {...register("url", { required, pattern: { value: SCHEMES, message: t("badUrl") } })}
        />
        <SelectField label={t("transport")} {...register("transport")}>
          <option value="tcp">{t("tcp")}</option>
          <option value="udp">{t("udp")}</option>
        </SelectField>
        <Switch label={t("enabled")} {...register("enabled")} />
      </div>
    </Card>
  );
}

function Recording({ form }: { form: Form }) {
  const t = useTranslations("monitoring.editor");
  const { register, formState } = form;
  const between = useBetween();
  return (
    <Card title={t("recording")}>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t("archiveSeconds")}
          type="number"
          error={formState.errors.archive_seconds?.message}
          {...register("archive_seconds", between(10, 3600))}
        />
        <TextField
          label={t("keepDays")}
          type="number"
          error={formState.errors.keep_days?.message}
          {...register("keep_days", between(1, 3650))}
        />
      </div>
    </Card>
  );
}

function Analysis({ form }: { form: Form }) {
  const t = useTranslations("monitoring.editor");
  const { register, formState, watch } = form;
  const between = useBetween();
  return (
    <Card title={t("analysis")}>
      <div className="grid gap-4">
        <Switch label={t("analysisOn")} {...register("analysis.enabled")} />
        {watch("analysis.enabled") && (
          <>
            <SelectField label={t("engine")} {...register("analysis.engine")}>
              <option value="local">{t("engines.local")}</option>
              <option value="gemini">{t("engines.gemini")}</option>
              <option value="openai">{t("engines.openai")}</option>
            </SelectField>
            <TextArea label={t("prompt")} hint={t("promptHint")} {...register("analysis.prompt")} />
            <TextArea label={t("normal")} hint={t("normalHint")} {...register("analysis.normal")} />
            <TextField
              label={t("quickLook")}
              type="number"
              error={formState.errors.analysis?.quick_look_seconds?.message}
              {...register("analysis.quick_look_seconds", between(0, 3600))}
            />
          </>
        )}
      </div>
    </Card>
  );
}

function useBetween() {
  const t = useTranslations("monitoring.editor");
  return (least: number, most: number) => {
    const message = t("range", { least, most });
    return {
      valueAsNumber: true,
      required: message,
      min: { value: least, message },
      max: { value: most, message },
    } as const;
  };
}
