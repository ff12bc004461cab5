import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { postAuthLoginMutation } from "../client/@tanstack/react-query.gen";
import type { Login } from "../client/types.gen";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { ErrorNotice } from "../ui/notices";
import { session } from "./current";
import { Frame } from "./Frame";
import { useAccountRules } from "./fields";

export function SignIn() {
  const t = useTranslations("accounts");
  const rules = useAccountRules();
  const login = useMutation({ ...postAuthLoginMutation(), onSuccess: (entered) => session.entered(entered) });
  const { register, handleSubmit, formState } = useForm<Login>();
  return (
    <Frame title={t("signIn.title")} lead={t("signIn.lead")}>
      <form noValidate className="grid gap-4" onSubmit={handleSubmit((body) => login.mutate({ body }))}>
        <ErrorNotice error={login.error} />
        <TextField
          label={t("email")}
          type="email"
          autoComplete="username"
          error={formState.errors.email?.message}
          {...register("email", rules.email)}
        />
        <TextField
          label={t("password")}
          type="password"
          autoComplete="current-password"
          error={formState.errors.password?.message}
          {...register("password", rules.password)}
        />
        <Button type="submit" look="primary" disabled={login.isPending}>
          {login.isPending ? t("signIn.busy") : t("signIn.submit")}
        </Button>
      </form>
      <p className="mt-5 flex flex-wrap justify-between gap-2 text-sm">
        <Link to="/forgot-password" className="text-accent underline-offset-4 hover:underline">
          {t("signIn.forgot")}
        </Link>
        <span className="text-muted">
          {t("signIn.noAccount")}{" "}
          <Link to="/sign-up" className="font-medium text-accent underline-offset-4 hover:underline">
            {t("signUp.title")}
          </Link>
        </span>
      </p>
    </Frame>
  );
}
