import type { TrainingEvent } from "@hermes-us/hermes";

/** Tells how long the rest of a run will take, from the steps of this process since its first log line. */
export class RunClock {
  #first: { readonly step: number; readonly timeMs: number } | undefined;

  /** @param now time in milliseconds, from any moment */
  constructor(
    readonly totalSteps: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns `3 min` and the like; `?` before two log lines */
  remaining(step: number): string {
    this.#first ??= { step, timeMs: this.now() };
    const done = step - this.#first.step;
    if (done <= 0) return "?";
    const seconds = ((this.now() - this.#first.timeMs) / 1000 / done) * (this.totalSteps - step);
    return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  }
}

const number = (value: number) =>
  Math.abs(value) >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3);
const percent = (value: number | null) => (value === null ? "-" : value.toFixed(3));

/** @returns one line for people, or nothing for events that only files want */
export function eventLine(event: TrainingEvent, clock: RunClock): string | undefined {
  switch (event.kind) {
    case "start":
      return event.step === 0 ? undefined : `going on at step ${event.step}`;
    case "step": {
      const parts = Object.entries({ ...event.terms, ...event.measures }).map(
        ([name, value]) => `${name} ${number(value)}`,
      );
      const quality = [
        ...(event.pseudoClassAccuracy === null
          ? []
          : [`class pseudo-labels right ${percent(event.pseudoClassAccuracy)}`]),
        ...(event.pseudoMaskDice === null
          ? []
          : [`mask pseudo-labels Dice ${percent(event.pseudoMaskDice)}`]),
      ].map((part) => ` ${part},`);
      return `step ${event.step}/${clock.totalSteps} loss ${number(event.loss)} (${parts.join(", ")})${quality.join("")} ${event.stepMs.toFixed(0)} ms/step, ${clock.remaining(event.step)} left`;
    }
    case "validation":
      return `validation at ${event.step}: Dice ${percent(event.scores.dice)}, AUROC ${percent(event.scores.auroc)}, accuracy ${percent(event.scores.accuracy)}${event.best === "yes" ? " (best)" : ""}`;
    case "warning":
      return `warning: ${event.message}`;
    case "end":
      return undefined;
    default:
      return event satisfies never;
  }
}
