import { matchesInitials } from "@/lib/pinyin";

const WHOLE = 1000;
const BEGINS = 600;
const WORD = 500;
const INSIDE = 400;
const INITIALS = 300;
/** A letter that follows its neighbour, or begins a word, is what a person meant; one found far away is luck. */
const NEXT_TO = 12;
const WORD_START = 10;
const FOUND = 1;

function isWordStart(text: string, at: number): boolean {
  return at === 0 || /[\s:,(-]/.test(text.charAt(at - 1));
}

function inOrder(text: string, typed: string): number | null {
  let points = 0;
  let last = -2;
  for (const letter of typed) {
    const at = text.indexOf(letter, last < 0 ? 0 : last + 1);
    if (at < 0) return null;
    points += at === last + 1 ? NEXT_TO : isWordStart(text, at) ? WORD_START : FOUND;
    last = at;
  }
  // A few scattered letters are found in every long text: most of them must stand where words begin or side by side.
  return points >= typed.length * (WORD_START / 2) ? points : null;
}

/** How well what was typed names this text; higher = better, null = not at all. */
export function fuzzyScore(text: string, typed: string): number | null {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return 0;
  const hay = text.toLowerCase();
  if (hay === wanted) return WHOLE;
  const at = hay.indexOf(wanted);
  if (at === 0) return BEGINS;
  if (at > 0) return isWordStart(hay, at) ? WORD : INSIDE;
  if (matchesInitials(text, wanted)) return INITIALS;
  return inOrder(hay, wanted.replace(/\s+/g, ""));
}

/** The best of several names of the same thing. */
export function bestScore(texts: readonly string[], typed: string): number | null {
  const scores = texts.map((text) => fuzzyScore(text, typed)).filter((score) => score !== null);
  return scores.length === 0 ? null : Math.max(...scores);
}
