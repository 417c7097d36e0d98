/** The four parts of every message that Hermes shows to a person. */
export interface Complaint {
  /** What failed, with the file, option or value concerned: `importing busi/benign (1).png`. */
  readonly what: string;
  /** What was found. */
  readonly got: string;
  /** What would have been right. */
  readonly wanted: string;
  /** What the reader can do about it. */
  readonly fix: string;
}

/** A mistake in what the user gave us. The command line prints it without a stack and exits with 2. */
export class UserError extends Error {
  override readonly name = "UserError";

  /** @param complaints one or more; all problems of one operation are reported together. */
  constructor(readonly complaints: readonly Complaint[]) {
    super(complaints.map(formatComplaint).join("\n"));
  }

  static of(what: string, got: string, wanted: string, fix: string): UserError {
    return new UserError([{ what, got, wanted, fix }]);
  }
}

/** @returns one line: `what: got …; wanted …; fix.`, or ending in a question */
export function formatComplaint({ what, got, wanted, fix }: Complaint): string {
  return `${what}: got ${got}; wanted ${wanted}; ${fix}${fix.endsWith("?") ? "" : "."}`;
}
