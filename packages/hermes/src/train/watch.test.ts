import { describe, expect, it } from "vitest";
import type { TrainingEvent } from "./events.js";
import { LINES_UNTIL_STUCK, TrainingWatch } from "./watch.js";

type StepEvent = Extract<TrainingEvent, { kind: "step" }>;

const healthy: StepEvent = {
  kind: "step",
  step: 0,
  loss: 1,
  terms: { supervisedClass: 0.5, imageContrast: 2 },
  measures: { keptImages: 0.5, keptPixels: 0.9, pseudoPositive: 0.3, pseudoLesion: 0.1 },
  numbers: { contrast: 1 },
  gradientNorms: {},
  pseudoClassAccuracy: null,
  pseudoMaskDice: null,
  stepMs: 1,
  waitedMs: 0,
};

/** @returns the codes told, with their steps */
function told(lines: readonly Partial<StepEvent>[], classes = 2): string[] {
  const watch = new TrainingWatch(classes);
  return lines.flatMap((line, step) =>
    watch
      .observe({ ...healthy, ...line, step })
      .map(({ code, message }) => `${step} ${code} ${message.split(" ")[0]}`),
  );
}

const LAST = LINES_UNTIL_STUCK - 1;
const many = <T>(count: number, line: T) => Array.from({ length: count }, () => line);
const measured = (changed: Readonly<Record<string, number>>) => ({
  measures: { ...healthy.measures, ...changed },
});

describe("TrainingWatch", () => {
  it("says nothing of a healthy run", () => {
    expect(told(many(100, {}))).toEqual([]);
  });

  it.each([
    ["keep-rate-zero", "keptPixels", measured({ keptPixels: 0 })],
    ["keep-rate-one", "keptImages", measured({ keptImages: 1 })],
    ["pseudo-labels-collapsed", "pseudoPositive", measured({ pseudoPositive: 0 })],
    ["pseudo-labels-collapsed", "pseudoLesion", measured({ pseudoLesion: 1 })],
  ])("tells %s of %s once, at the tenth line in a row", (code, name, line) => {
    expect(told(many(LINES_UNTIL_STUCK - 1, line))).toEqual([]);
    expect(told(many(100, line))).toEqual([`${LAST} ${code} ${name}`]);
    expect(told([...many(LAST, line), {}, ...many(LAST, line)])).toEqual([]);
  });

  it("with three classes takes the lack of the last one for no collapse, and the last one alone for one", () => {
    expect(told(many(100, measured({ pseudoPositive: 0 })), 3)).toEqual([]);
    expect(told(many(100, measured({ pseudoPositive: 1 })), 3)).toHaveLength(1);
    expect(told(many(100, measured({ pseudoLesion: 0 })), 3)).toHaveLength(1);
  });

  it("tells of a term that stays at 0, and not of contrasts before they begin", () => {
    const line = { terms: { ...healthy.terms, imageContrast: 0 } };
    expect(told(many(50, line))).toEqual([`${LAST} term-always-zero term`]);
    expect(told(many(50, { ...line, numbers: { contrast: 0 } }))).toEqual([]);
  });

  it.each([
    ["classification", measured({ keptImages: 0, pseudoPositive: 0 }), "pseudoClass"],
    ["segmentation", measured({ keptPixels: 0, pseudoLesion: 0 }), "pixelContrast"],
  ])("says nothing of pseudo-labels of the %s before it learns", (task, line, term) => {
    const stuck = { ...line, terms: { [term]: 0 } };
    const waiting = { ...stuck, numbers: { contrast: 1, [`rate.${task}`]: 0 } };
    expect(told(many(50, waiting))).toEqual([]);
    const learning = { ...stuck, numbers: { contrast: 1, [`rate.${task}`]: 1e-4 } };
    expect(told([...many(50, waiting), ...many(50, learning)]).map((each) => each.split(" ")[0])).toEqual(
      many(3, String(50 + LAST)),
    );
  });

  it("counts two troubles of one kind apart", () => {
    const [images, pixels] = [measured({ keptImages: 0 }), measured({ keptPixels: 0 })];
    expect(told([...many(6, images), ...many(6, pixels)])).toEqual([]);
    expect(told([...many(10, images), ...many(10, pixels), ...many(20, images)])).toEqual([
      `${LAST} keep-rate-zero keptImages`,
      `${LAST + 10} keep-rate-zero keptPixels`,
    ]);
  });
});
