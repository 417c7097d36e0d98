/** Base of every error that this package raises on purpose; `message` says what, got, wanted, do. */
export class TensorError extends Error {
  override readonly name: string = "TensorError";

  constructor(
    readonly what: string,
    readonly got: string,
    readonly wanted: string,
    readonly fix: string,
  ) {
    super(`${what}: got ${got}; wanted ${wanted}; ${fix}.${userLine()}`);
  }
}

/** Shapes or dtypes that an op cannot take, raised while tracing. */
export class ShapeError extends TensorError {
  override readonly name = "ShapeError";
}

/** Feeds that a program does not take, raised before anything runs. */
export class FeedError extends TensorError {
  override readonly name = "FeedError";
}

/** An engine or execution provider that is missing or refuses the program. */
export class EngineError extends TensorError {
  override readonly name = "EngineError";
}

const OWN_FRAME = /[\\/](?:packages[\\/]tensor|@hermes-us[\\/]tensor)[\\/](?:src|dist)[\\/](?!.*\.test\.)/;
const NODE_FRAME = /[( ]node:/;

/** @returns ` (at file:line:column)` of the first stack frame outside this package, or nothing. */
function userLine(): string {
  const stack = new Error().stack;
  if (stack === undefined) return "";
  for (const frame of stack.split("\n").slice(1)) {
    if (OWN_FRAME.test(frame) || NODE_FRAME.test(frame)) continue;
    const place = /\(?((?:file:\/\/|\/|[A-Za-z]:\\|https?:\/\/)[^()]*:\d+:\d+)\)?$/.exec(frame.trim());
    if (place?.[1] !== undefined) return ` (at ${place[1]})`;
  }
  return "";
}
