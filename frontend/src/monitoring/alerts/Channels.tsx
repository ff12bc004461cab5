/** The ways to people. Secrets of addresses are never shown; an address that is left as it is stays as it was. */
import { useMutation } from "@tanstack/react-query";
import { Plus, Send, Trash2 } from "lucide-react";
import { useFieldArray, useFormContext } from "react-hook-form";
import { useTranslations } from "use-intl";
import { postLiveAlertSettingsChannelsByChannelIdTestMutation } from "../../client/@tanstack/react-query.gen";
import type { Wanted } from "../../client/types.gen";
import { useAnnounce } from "../../ui/announcer";
import { Button, IconButton } from "../../ui/Button";
import { SelectField, TextField } from "../../ui/Field";
import { ErrorNotice } from "../../ui/notices";
import { Card } from "../../ui/page";

const MOST = 10;

export function Channels() {
  const t = useTranslations("alerts");
  const required = useTranslations("accounts")("required");
  const { control, register, formState } = useFormContext<Wanted>();
  // `id` is the channel's own, so the form's key has another name
  const channels = useFieldArray({ control, name: "channels", keyName: "key" });
  return (
    <Card
      title={t("channels")}
      aside={
        <Button
          small
          icon={<Plus aria-hidden className="size-4" />}
          disabled={channels.fields.length >= MOST}
          onClick={() => channels.append({ id: null, kind: "email", to: "" })}
        >
          {t("addChannel")}
        </Button>
      }
    >
      {channels.fields.length === 0 && <p className="text-muted">{t("noChannels")}</p>}
      <ul className="grid gap-5">
        {channels.fields.map((channel, place) => (
          <li key={channel.key} className="grid items-start gap-3 sm:grid-cols-[9rem_1fr_auto]">
            <SelectField label={t("channelKind")} {...register(`channels.${place}.kind`)}>
              <option value="email">{t("kinds.email")}</option>
              <option value="webhook">{t("kinds.webhook")}</option>
              <option value="slack">{t("kinds.slack")}</option>
            </SelectField>
            <TextField
              label={t("to")}
              spellCheck={false}
              error={formState.errors.channels?.[place]?.to?.message}
              {...register(`channels.${place}.to`, { required })}
            />
            <div className="flex items-center gap-1 sm:mt-7">
              {channel.id && <TestChannel id={channel.id} />}
              <IconButton
                label={t("removeChannel", { number: String(place + 1) })}
                onClick={() => channels.remove(place)}
              >
                <Trash2 aria-hidden className="size-4" />
              </IconButton>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function TestChannel({ id }: { id: string }) {
  const t = useTranslations("alerts");
  const announce = useAnnounce();
  const test = useMutation({
    ...postLiveAlertSettingsChannelsByChannelIdTestMutation(),
    onSuccess: () => announce(t("tested")),
  });
  return (
    <>
      <Button
        small
        icon={<Send aria-hidden className="size-4" />}
        disabled={test.isPending}
        onClick={() => test.mutate({ path: { channel_id: id } })}
      >
        {t("testChannel")}
      </Button>
      <ErrorNotice error={test.error} />
    </>
  );
}
