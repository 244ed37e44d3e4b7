import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { fakeBackend } from "@/test/backend";
import { project } from "@/test/cast";
import { renderPage } from "@/test/page";
import { PrecisionRecall } from "./components/Curves";

afterEach(() => vi.unstubAllGlobals());

const points: [number, number][] = [
  [0.5, 1],
  [1, 0.75],
];

it("names the area under a curve where it is known", async () => {
  fakeBackend({ [`GET /api/projects/${project.id}/`]: { body: project } });
  renderPage(
    <PrecisionRecall
      projectId={project.id}
      curves={[
        { class: "dress", points, ap: 0.8334 },
        { class: "hat", points },
      ]}
    />,
  );
  await screen.findByText("dress · AP 0.833");
  expect(screen.queryByText(/hat · AP/)).toBeNull();
});
