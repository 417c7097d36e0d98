import type { Feeds, Fetches, ModelSession } from "@hermes-us/tensor";

/**
 * Sessions of one file that share its runs: each run goes to the one with the fewest under way. More results a second than
 * one session with all threads, if runs are asked for before the last ones ended; a single run is no faster.
 */
export class SessionPool implements ModelSession {
  readonly #lanes: readonly { readonly session: ModelSession; underWay: number }[];

  /** @param sessions at least one, all of the same file; the pool owns them */
  constructor(sessions: readonly ModelSession[]) {
    this.#lanes = sessions.map((session) => ({ session, underWay: 0 }));
  }

  get inputs(): readonly string[] {
    return this.#lanes[0]!.session.inputs;
  }

  get outputs(): readonly string[] {
    return this.#lanes[0]!.session.outputs;
  }

  async run(feeds: Feeds, outputs: readonly string[]): Promise<Fetches> {
    const lane = this.#lanes.reduce((least, other) => (other.underWay < least.underWay ? other : least));
    lane.underWay++;
    try {
      return await lane.session.run(feeds, outputs);
    } finally {
      lane.underWay--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lanes.map(({ session }) => session[Symbol.asyncDispose]()));
  }
}
