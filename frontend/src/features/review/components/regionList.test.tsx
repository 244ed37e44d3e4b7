import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { act } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { docFromWork } from "@/document/loadWork";
import { guessed, makeWork, thresholds } from "@/document/testing";
import { EDITORS } from "@/editors";
import { AreaDesk } from "../session/areaDesk";
import { KNOWN, makeProject } from "../session/testing";

const { Panel } = EDITORS.object_detection;

// There is no layout here: the list would be no pixel high and show no row.
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});

function panelOf(count: number) {
  const objects = Array.from({ length: count }, (_, n) =>
    guessed(`p${n}`, [n % 190, 0, (n % 190) + 10, 10], 1, 0.3 + (n % 50) / 100),
  );
  const desk = new AreaDesk(makeProject());
  const work = makeWork({ prediction: { id: 1, source: { id: 1, name: "m" }, objects } });
  desk.document.load(docFromWork(work, thresholds));
  desk.view.setState({ phase: "working" });
  desk.setEstimate(KNOWN);
  render(<Panel desk={desk} />);
  return desk;
}

describe("the panel of regions", () => {
  it("draws a screenful of five thousand rows, before and after all of them are accepted in one step", () => {
    const desk = panelOf(5000);
    const rows = () => screen.getAllByTestId("region-row").length;
    expect(rows()).toBeLessThan(60);
    act(() => desk.acceptAll());
    expect(desk.unchecked()).toEqual([]);
    expect(rows()).toBeLessThan(60);
    expect(screen.getByTestId("score-histogram").getAttribute("aria-label")).toContain("5000 accepted");
    act(() => desk.undo());
    expect(desk.unchecked()).toHaveLength(5000);
  }, 30_000);

  it("Ctrl takes rows one by one, Shift everything up to there", async () => {
    const user = userEvent.setup();
    const desk = panelOf(6);
    const rows = screen.getAllByTestId("region-row");
    const at = (n: number) => rows[n] as HTMLElement;
    await user.click(at(0));
    await user.keyboard("{Control>}");
    await user.click(at(2));
    await user.keyboard("{/Control}");
    expect(desk.view.getState().picked.size).toBe(2);
    await user.keyboard("{Shift>}");
    await user.click(at(4));
    await user.keyboard("{/Shift}");
    expect(desk.view.getState().picked.size).toBe(3);
    await user.click(at(1));
    expect(desk.view.getState().picked.size).toBe(0);
  });

  it("the list of changes takes its place, with the overlap of what was moved", () => {
    const desk = panelOf(3);
    act(() => {
      desk.setBox("p0", [5, 0, 15, 10]);
      desk.select("p1");
      desk.chooseClassAt(1);
      desk.toggleDiff();
    });
    const list = within(screen.getByRole("listbox", { name: "Changes" }));
    expect(list.getAllByRole("option").map((row) => row.textContent)).toEqual([
      expect.stringContaining("IoU 0.33"),
      expect.stringContaining("car → person"),
    ]);
  });
});
