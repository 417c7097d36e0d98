import type { TrainingEvent, WarningCode } from "./events.js";

type StepEvent = Extract<TrainingEvent, { kind: "step" }>;
type Warning = Extract<TrainingEvent, { kind: "warning" }>;

/** Log lines in a row that must agree before something is called stuck. */
const PATIENCE = 10;
const NEAR = 0.005;

interface Rule {
  readonly code: WarningCode;
  /** @returns what is wrong at this step, or nothing */
  readonly sign: (event: StepEvent) => string | undefined;
}

const entry = (record: Readonly<Record<string, number>>, holds: (value: number) => boolean, names: RegExp) =>
  Object.entries(record).find(([name, value]) => names.test(name) && holds(value))?.[0];

const rules: readonly Rule[] = [
  {
    code: "keep-rate-zero",
    sign: ({ measures }) => {
      const name = entry(measures, (value) => value < NEAR, /^kept/);
      return (
        name &&
        `${name} is at 0: no pseudo-label passes; lower the thresholds or train longer before the ramp`
      );
    },
  },
  {
    code: "keep-rate-one",
    sign: ({ measures }) => {
      const name = entry(measures, (value) => value > 1 - NEAR, /^kept/);
      return name && `${name} is at 1: every pseudo-label passes; raise the thresholds`;
    },
  },
  {
    code: "pseudo-labels-collapsed",
    sign: ({ measures }) => {
      const name = entry(measures, (value) => value < 1e-4 || value > 1 - 1e-4, /^pseudo/);
      return (
        name &&
        `${name} is ${measures[name]}: all pseudo-labels are of one class; use class-balanced batches or lower its threshold`
      );
    },
  },
  {
    code: "term-always-zero",
    sign: ({ terms, numbers }) => {
      const name = numbers["contrast"] === 0 ? undefined : entry(terms, (value) => value === 0, /./);
      return name && `term ${name} is always 0: it teaches nothing`;
    },
  },
];

/** Looks for runs that go wrong quietly; each trouble is told once. */
export class TrainingWatch {
  readonly #counts = new Map<WarningCode, number>();

  observe(event: StepEvent): Warning[] {
    return rules.flatMap(({ code, sign }) => {
      const message = sign(event);
      const count = message === undefined ? 0 : (this.#counts.get(code) ?? 0) + 1;
      if ((this.#counts.get(code) ?? 0) <= PATIENCE) this.#counts.set(code, count);
      return message !== undefined && count === PATIENCE
        ? [{ kind: "warning", step: event.step, code, message }]
        : [];
    });
  }
}
