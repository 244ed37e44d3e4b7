/**
 * The first letters of Chinese syllables, by the order of characters that every browser brings along: each letter
 * begins at the first character of its syllables (Unicode CLDR, collation "pinyin"). No table of 20,000 readings.
 */
const FIRSTS = "阿八嚓哒妸发旮哈丌咔垃妈拏噢妑七呥仨他穵夕丫帀";
const LETTERS = "abcdefghjklmnopqrstwxyz";

/** Characters of class names that are read in more ways than the order knows. */
const ALSO: Record<string, string> = {
  行: "xh",
  车: "cj",
  重: "zc",
  长: "cz",
  调: "td",
  弹: "td",
  便: "bp",
  参: "cs",
  朝: "cz",
  乐: "ly",
  降: "jx",
  石: "sd",
  校: "xj",
  系: "xj",
  柏: "b",
  厦: "sx",
};

const collator = new Intl.Collator("zh-Hans-u-co-pinyin");
/** A browser without Chinese collation would give wrong letters: there only the names themselves are searched. */
const known = collator.compare("八", "七") < 0 && collator.compare("妈", "拏") < 0;

function lettersOf(character: string): string {
  if (/[a-z0-9]/i.test(character)) return character.toLowerCase();
  if (!known || !/\p{Script=Han}/u.test(character)) return "";
  const also = ALSO[character];
  if (also !== undefined) return also;
  let found = "";
  for (let at = 0; at < FIRSTS.length; at += 1) {
    if (collator.compare(FIRSTS.charAt(at), character) > 0) break;
    found = LETTERS.charAt(at);
  }
  return found;
}

/** For each character that can be typed by a letter, the letters it may begin with: "行人" → ["xh", "r"]. */
export function pinyinInitials(text: string): string[] {
  return [...text].map(lettersOf).filter((letters) => letters !== "");
}

/** True when the letters typed are the initials of characters that stand side by side: "jt" finds "交通标志". */
export function matchesInitials(text: string, typed: string): boolean {
  const wanted = [...typed.toLowerCase()];
  if (wanted.length === 0 || !/\p{Script=Han}/u.test(text)) return false;
  const initials = pinyinInitials(text);
  return initials.some((_, start) =>
    wanted.every((letter, offset) => initials[start + offset]?.includes(letter) ?? false),
  );
}
