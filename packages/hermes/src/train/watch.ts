import type { TrainingEvent, WarningCode } from "./events.js";
import { stepNames, type Task, tasks } from "./training-program.js";

type StepEvent = Extract<TrainingEvent, { kind: "step" }>;
type Warning = Extract<TrainingEvent, { kind: "warning" }>;

/** Log lines in a row that must agree before something is called stuck. */
export const LINES_UNTIL_STUCK = 10;
const NEAR = 0.005;
const ALL_BUT = 1e-4;

interface Sign {
  /** What it is about: each is counted, and told once, apart from the others. */
  readonly name: string;
  readonly message: string;
}

interface Rule {
  readonly code: WarningCode;
  /** @param classes K, image classes */
  readonly signs: (event: StepEvent, classes: number) => readonly Sign[];
}

/** Share of the last class among the class pseudo-labels. */
const POSITIVE = "pseudoPositive";

/** Measures and terms that say nothing before a task learns. */
const OF_TASK: Readonly<Record<Task, readonly string[]>> = {
  segmentation: ["keptPixels", "pseudoLesion", "pseudoMask", "pixelContrast"],
  classification: ["keptImages", POSITIVE, "pseudoClass", "imageContrast"],
};

/** @returns whether the task does not learn yet */
function waits({ numbers }: StepEvent, task: Task): boolean {
  return numbers[stepNames.learningRate(task)] === 0;
}

function those(
  record: Readonly<Record<string, number>>,
  holds: (name: string, value: number) => boolean,
  message: (name: string, value: number) => string,
): Sign[] {
  return Object.entries(record)
    .filter(([name, value]) => holds(name, value))
    .map(([name, value]) => ({ name, message: message(name, value) }));
}

const rules: readonly Rule[] = [
  {
    code: "keep-rate-zero",
    signs: ({ measures }) =>
      those(
        measures,
        (name, value) => name.startsWith("kept") && value < NEAR,
        (name) =>
          `${name} stays at 0: no pseudo-label passes; lower the thresholds, or give the supervised terms more time`,
      ),
  },
  {
    code: "keep-rate-one",
    signs: ({ measures }) =>
      those(
        measures,
        (name, value) => name.startsWith("kept") && value > 1 - NEAR,
        (name) => `${name} stays at 1: every pseudo-label passes; raise the thresholds`,
      ),
  },
  {
    code: "pseudo-labels-collapsed",
    // None of the last class is one class alone only if there are two; masks always have two.
    signs: ({ measures }, classes) =>
      those(
        measures,
        (name, value) =>
          name.startsWith("pseudo") &&
          (value > 1 - ALL_BUT || (value < ALL_BUT && (classes === 2 || name !== POSITIVE))),
        (name, value) =>
          `${name} stays at ${value < 0.5 ? 0 : 1}: all pseudo-labels are of one class; draw labelled images with balance=class-balanced, or lower the thresholds`,
      ),
  },
  {
    code: "term-always-zero",
    signs: ({ terms, numbers }) =>
      numbers.contrast === 0
        ? []
        : those(
            terms,
            (_, value) => value === 0,
            (name) => `term ${name} stays at 0: it teaches nothing; see which measure keeps it there`,
          ),
  },
];

/** Looks for runs that go wrong quietly; each trouble is told once. */
export class TrainingWatch {
  readonly #linesInARow = new Map<string, number>();
  readonly #told = new Set<string>();

  /** @param classes K, image classes */
  constructor(private readonly classes: number) {}

  observe(event: StepEvent): Warning[] {
    const tooEarly = new Set(tasks.flatMap((task) => (waits(event, task) ? OF_TASK[task] : [])));
    const seen = rules.flatMap(({ code, signs }) =>
      signs(event, this.classes)
        .filter(({ name }) => !tooEarly.has(name))
        .map(({ name, message }) => ({ code, message, topic: `${code} ${name}` })),
    );
    const topics = new Set(seen.map(({ topic }) => topic));
    for (const topic of this.#linesInARow.keys()) if (!topics.has(topic)) this.#linesInARow.delete(topic);
    return seen.flatMap(({ code, message, topic }) => {
      const lines = (this.#linesInARow.get(topic) ?? 0) + 1;
      this.#linesInARow.set(topic, lines);
      if (lines < LINES_UNTIL_STUCK || this.#told.has(topic)) return [];
      this.#told.add(topic);
      return [{ kind: "warning", step: event.step, code, message }];
    });
  }
}
