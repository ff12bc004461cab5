import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { postAuthSignupMutation } from "../client/@tanstack/react-query.gen";
import type { Signup } from "../client/types.gen";
import { useLanguage } from "../language/language";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { ErrorNotice } from "../ui/notices";
import { session } from "./current";
import { Frame } from "./Frame";
import { useAccountRules } from "./fields";

export function SignUp() {
  const t = useTranslations("accounts");
  const rules = useAccountRules();
  const { language } = useLanguage();
  const signup = useMutation({
    ...postAuthSignupMutation(),
    onSuccess: (entered) => session.entered(entered),
  });
  const { register, handleSubmit, formState } = useForm<Signup>();
  const submit = handleSubmit((body) => signup.mutate({ body: { ...body, locale: language } }));
  return (
    <Frame title={t("signUp.title")} lead={t("signUp.lead")}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <ErrorNotice error={signup.error} />
        <TextField
          label={t("username")}
          hint={t("usernameHint")}
          autoComplete="name"
          error={formState.errors.username?.message}
          {...register("username", rules.username)}
        />
        <TextField
          label={t("email")}
          type="email"
          autoComplete="username"
          error={formState.errors.email?.message}
          {...register("email", rules.email)}
        />
        <TextField
          label={t("password")}
          hint={t("passwordHint")}
          type="password"
          autoComplete="new-password"
          error={formState.errors.password?.message}
          {...register("password", rules.newPassword)}
        />
        <Button type="submit" look="primary" disabled={signup.isPending}>
          {signup.isPending ? t("signUp.busy") : t("signUp.submit")}
        </Button>
      </form>
      <p className="mt-5 text-sm text-muted">
        {t("signUp.hasAccount")}{" "}
        <Link to="/sign-in" className="font-medium text-accent underline-offset-4 hover:underline">
          {t("signIn.title")}
        </Link>
      </p>
    </Frame>
  );
}
