import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { docFromWork } from "@/document/loadWork";
import { makeMaskWork, ringOf, thresholds } from "@/document/testing";
import { EDITORS } from "@/editors";
import { regionDrawing } from "@/editors/regions/shapes";
import { AreaDesk } from "../session/areaDesk";
import { makeProject } from "../session/testing";

const { Panel } = EDITORS.semantic_segmentation;
let desk: AreaDesk;

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  desk = new AreaDesk(makeProject({ task_type: "semantic_segmentation" }));
  desk.document.load(docFromWork(makeMaskWork(), thresholds));
  desk.view.setState({ phase: "working" });
  render(<Panel desk={desk} />);
});

describe("the outline of the selected region", () => {
  it("with nothing selected it says how to draw", () => {
    expect(screen.getByTestId("shape").textContent).toContain("P draws a polygon corner by corner, M paints");
  });

  it("what a conversion costs stands beside its button before it is pressed", async () => {
    act(() => desk.select("p3"));
    await vi.waitFor(() =>
      expect(screen.getByTestId("cost-polygon").textContent).toBe("4 corners · IoU loss 0.0 %"),
    );
    await userEvent.click(screen.getByRole("button", { name: /To polygon/ }));
    await vi.waitFor(() => expect(desk.document.doc.regions.p3?.kind).toBe("polygon"));
    await vi.waitFor(() => expect(screen.getByTestId("cost-mask").textContent).toBe("IoU loss 0.0 %"));
  });

  it("the slider draws what it would leave over the picture, and only while it is in use", async () => {
    const bulge = [[10, 10, 30, 9, 50, 10, 50, 30, 10, 30]];
    act(() => desk.drawRings(bulge));
    const slider = screen.getByRole("slider", { name: "Simplify by" });
    fireEvent.focus(slider);
    fireEvent.change(slider, { target: { value: "3" } });
    await vi.waitFor(() => expect(desk.view.getState().tryOut?.[0]).toHaveLength(8));
    const ghosts = regionDrawing.ghosts(desk.document.doc, desk.view.getState(), "en");
    expect(ghosts).toMatchObject([{ id: "try-out", kind: "polygon", bbox: [10, 10, 50, 30] }]);
    expect(desk.document.doc.regions[desk.document.state.selectedId ?? ""]?.rings).toEqual(bulge);
    fireEvent.blur(slider);
    expect(desk.view.getState().tryOut).toBeNull();
  });

  it("the brush shows its size while it is in hand", () => {
    expect(screen.queryByRole("slider", { name: "Brush" })).toBeNull();
    act(() => desk.setTool("brush"));
    const slider = screen.getByRole("slider", { name: "Brush" });
    expect(slider.getAttribute("aria-valuetext")).toBe("24 px");
    fireEvent.change(slider, { target: { value: "40" } });
    expect(desk.view.getState().brushRadius).toBeCloseTo(500, 6);
  });

  it("a rejected guess and read-only work offer no conversion", () => {
    act(() => {
      desk.select("p1");
      desk.rejectSelected();
      desk.select("p1");
    });
    expect(screen.queryByRole("button", { name: /To polygon/ })).toBeNull();
    act(() => {
      desk.drawRings(ringOf(1, 1, 9, 9));
      desk.view.setState({ readOnly: true });
    });
    expect(screen.queryByRole("button", { name: /To mask/ })).toBeNull();
  });
});
