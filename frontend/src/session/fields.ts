/** What the API asks of accounts' fields, told before anything is sent. */
import { useTranslations } from "use-intl";

const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function useAccountRules() {
  const t = useTranslations("accounts");
  const required = t("required");
  const between = (least: number, most: number) => ({
    required,
    minLength: { value: least, message: t("tooShort", { least: String(least) }) },
    maxLength: { value: most, message: t("tooLong", { most: String(most) }) },
  });
  return {
    email: { required, pattern: { value: ADDRESS, message: t("badEmail") } },
    password: { required },
    newPassword: between(8, 256),
    username: between(3, 50),
  };
}
