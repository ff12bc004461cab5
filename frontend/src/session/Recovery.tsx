/** The pages that accounts' letters lead to; their tokens stand behind the `#`, where no server sees them. */
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import {
  postAuthPasswordResetConfirmMutation,
  postAuthPasswordResetMutation,
  postAuthVerifyEmailMutation,
} from "../client/@tanstack/react-query.gen";
import { Button, buttonClass } from "../ui/Button";
import { TextField } from "../ui/Field";
import { ErrorNotice, Spinner } from "../ui/notices";
import { Frame } from "./Frame";
import { useAccountRules } from "./fields";

function tokenOfLetter(): string {
  return new URLSearchParams(window.location.hash.slice(1)).get("token") ?? "";
}

function ToSignIn() {
  const t = useTranslations("accounts");
  return (
    <Link to="/sign-in" className={`${buttonClass("plain")} mt-5 w-full`}>
      {t("signIn.title")}
    </Link>
  );
}

export function ForgotPassword() {
  const t = useTranslations("accounts");
  const rules = useAccountRules();
  const ask = useMutation(postAuthPasswordResetMutation());
  const { register, handleSubmit, formState } = useForm<{ email: string }>();
  return (
    <Frame title={t("forgot.title")} lead={t("forgot.lead")}>
      {ask.isSuccess ? (
        <p role="status">{t("forgot.sent")}</p>
      ) : (
        <form noValidate className="grid gap-4" onSubmit={handleSubmit((body) => ask.mutate({ body }))}>
          <ErrorNotice error={ask.error} />
          <TextField
            label={t("email")}
            type="email"
            autoComplete="username"
            error={formState.errors.email?.message}
            {...register("email", rules.email)}
          />
          <Button type="submit" look="primary" disabled={ask.isPending}>
            {t("forgot.submit")}
          </Button>
        </form>
      )}
      <ToSignIn />
    </Frame>
  );
}

export function ResetPassword() {
  const t = useTranslations("accounts");
  const rules = useAccountRules();
  const [token] = useState(tokenOfLetter);
  const reset = useMutation(postAuthPasswordResetConfirmMutation());
  const { register, handleSubmit, formState } = useForm<{ new_password: string }>();
  const submit = handleSubmit((body) => reset.mutate({ body: { ...body, token } }));
  return (
    <Frame title={t("reset.title")} lead={t("reset.lead")}>
      {reset.isSuccess && <p role="status">{t("reset.done")}</p>}
      {!token && <p role="alert">{t("reset.noToken")}</p>}
      {token && !reset.isSuccess && (
        <form noValidate className="grid gap-4" onSubmit={submit}>
          <ErrorNotice error={reset.error} />
          <TextField
            label={t("newPassword")}
            hint={t("passwordHint")}
            type="password"
            autoComplete="new-password"
            error={formState.errors.new_password?.message}
            {...register("new_password", rules.newPassword)}
          />
          <Button type="submit" look="primary" disabled={reset.isPending}>
            {t("reset.submit")}
          </Button>
        </form>
      )}
      <ToSignIn />
    </Frame>
  );
}

export function VerifyEmail() {
  const t = useTranslations("accounts");
  const [token] = useState(tokenOfLetter);
  const { mutate, isSuccess, error } = useMutation(postAuthVerifyEmailMutation());
  useEffect(() => {
    if (token) mutate({ body: { token } });
  }, [token, mutate]);
  return (
    <Frame title={t("verify.title")}>
      {isSuccess && <p role="status">{t("verify.done")}</p>}
      {token && !isSuccess && !error && <Spinner label={t("verify.busy")} />}
      {!token && <p role="alert">{t("reset.noToken")}</p>}
      <ErrorNotice error={error} />
      <ToSignIn />
    </Frame>
  );
}
