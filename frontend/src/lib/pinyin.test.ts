import { describe, expect, it } from "vitest";
import { matchesInitials, pinyinInitials } from "./pinyin";

describe("pinyin initials", () => {
  it.each([
    ["交通标志", "jtbz"],
    ["卡车", "kc"],
    ["公共汽车", "ggqc"],
    ["自行车", "zxc"],
    ["摩托车", "mtc"],
    ["红绿灯", "hld"],
    ["猫", "m"],
    ["鸟", "n"],
    ["鱼", "y"],
    ["安全帽", "aqm"],
    ["耳机", "ej"],
    ["藕", "o"],
    ["沙发", "sf"],
    ["人", "r"],
    ["雨伞", "ys"],
    ["床", "c"],
    ["苹果", "pg"],
    ["塔", "t"],
    ["碗", "w"],
    ["老虎", "lh"],
    ["大象", "dx"],
    ["杯子", "bz"],
  ])("%s is %s", (name, initials) => {
    expect(
      pinyinInitials(name)
        .map((letters) => letters.charAt(0))
        .join(""),
    ).toBe(initials);
  });

  it("a character with two readings is found by both", () => {
    expect(matchesInitials("行人", "xr")).toBe(true);
    expect(matchesInitials("行人", "hr")).toBe(true);
    expect(matchesInitials("银行", "yh")).toBe(true);
  });

  it("finds initials that stand side by side, also inside of a name and beside Latin letters", () => {
    expect(matchesInitials("交通标志", "bz")).toBe(true);
    expect(matchesInitials("交通标志", "jb")).toBe(false);
    expect(matchesInitials("T恤", "tx")).toBe(true);
    expect(matchesInitials("car", "c")).toBe(false);
    expect(matchesInitials("车辆", "")).toBe(false);
  });
});
