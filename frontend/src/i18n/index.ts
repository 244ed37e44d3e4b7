import i18next from "i18next";
import { initReactI18next } from "react-i18next";

/**
 * One JSON file per namespace: src/i18n/<locale>/<namespace>.json; a new file is a new namespace.
 * Each locale is one lazy chunk, so nobody downloads a language that they do not read.
 */
export const LOCALES = ["en", "zh-Hans"] as const;
export type Locale = (typeof LOCALES)[number];

type Files = Record<string, Record<string, unknown>>;

const LOADERS: Record<Locale, () => Promise<{ default: Files }>> = {
  en: () => import("./en"),
  "zh-Hans": () => import("./zh-Hans"),
};

const STORAGE_KEY = "winnow.locale";

function isLocale(value: unknown): value is Locale {
  return LOCALES.includes(value as Locale);
}

/** The locale chosen last on this browser, else the first of the browser's languages that exists, else English. */
export function preferredLocale(): Locale {
  const stored = localStorage.getItem(STORAGE_KEY);
  if (isLocale(stored)) return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-Hans" : "en";
}

/** Whether somebody has chosen a language on this browser before. */
export function hasChosenLocale(): boolean {
  return isLocale(localStorage.getItem(STORAGE_KEY));
}

/** Brings a language's texts along, without switching to it. */
export async function addLocale(locale: Locale): Promise<void> {
  if (i18next.hasResourceBundle(locale, "common")) return;
  const files = (await LOADERS[locale]()).default;
  for (const [path, strings] of Object.entries(files)) {
    const namespace = path.replace(/^.*\//, "").replace(/\.json$/, "");
    i18next.addResourceBundle(locale, namespace, strings);
  }
}

export async function startI18n(locale: Locale = preferredLocale()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: locale,
    fallbackLng: "en",
    supportedLngs: LOCALES,
    load: "currentOnly",
    ns: ["common"],
    defaultNS: "common",
    resources: {},
    interpolation: { escapeValue: false },
    react: { useSuspense: false, bindI18nStore: "added" },
  });
  await Promise.all([addLocale("en"), addLocale(locale)]);
  document.documentElement.lang = locale;
}

export async function changeLocale(locale: string): Promise<void> {
  if (!isLocale(locale)) return;
  await addLocale(locale);
  await i18next.changeLanguage(locale);
  localStorage.setItem(STORAGE_KEY, locale);
  document.documentElement.lang = locale;
}
