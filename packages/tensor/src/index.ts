export { gradient, gradientsOf, type TensorTree, valueAndGradient } from "./autodiff.js";
export type { DType, HostArray, HostData } from "./dtype.js";
export type { Engine, Executable, Feeds, Fetches } from "./engine.js";
export { referenceEngine } from "./engines/reference.js";
export { EngineError, FeedError, ShapeError, TensorError } from "./errors.js";
export * from "./ops/index.js";
export { type Program, trace } from "./program.js";
export type { Shape, TensorType } from "./shape.js";
export { Tensor } from "./tensor.js";
