import { useTranslation } from "react-i18next";

/** Words that the server has as well: English shows the server's, so that there is one source; others translate them. */
export function useTold(): (key: string | string[], told: string) => string {
  const { t, i18n } = useTranslation("compress");
  return (key, told) => (i18n.language === "en" ? told : t(key, { defaultValue: told }));
}
