import { type Complaint, UserError } from "../../errors.js";
import type { Draft, DraftSample } from "./importer.js";

/** Collects what an importer finds; every fault is kept, none stops the reading. */
export class DraftBuilder {
  readonly #samples: DraftSample[] = [];
  readonly #warnings: Complaint[] = [];
  readonly #problems: Complaint[] = [];

  add(sample: DraftSample): void {
    this.#samples.push(sample);
  }

  warn(what: string, got: string, wanted: string, fix: string): void {
    this.#warnings.push({ what, got, wanted, fix });
  }

  problem(what: string, got: string, wanted: string, fix: string): void {
    this.#problems.push({ what, got, wanted, fix });
  }

  /** @returns the value, or `undefined` with the complaints noted as problems */
  async attempt<T>(action: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#problems.push(...error.complaints);
      return undefined;
    }
  }

  maskWithoutImage(path: string, wantedImage: string): void {
    this.problem(path, "a mask without an image", wantedImage, "put the image back, or take the mask out");
  }

  imageWithoutMask(path: string): void {
    this.warn(
      path,
      "no mask",
      "a mask beside the image",
      "nothing, if it is meant: the image counts as one without outline",
    );
  }

  build(): Draft {
    return { samples: this.#samples, warnings: this.#warnings, problems: this.#problems };
  }
}
