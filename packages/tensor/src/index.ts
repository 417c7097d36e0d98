export { gradient, gradientsOf, type TensorTree, valueAndGradient } from "./autodiff.js";
export type { DType, HostArray, HostData } from "./dtype.js";
export { float32ToFloat16 } from "./float16.js";
export type { Engine, Executable, Feeds, Fetches, Handover } from "./engine.js";
export { referenceEngine } from "./engines/reference.js";
export { EngineError, FeedError, ShapeError, TensorError } from "./errors.js";
export type { ModelSession, OpenModel } from "./model-session.js";
export { emitProgram, type GivenInput } from "./onnx/emit-program.js";
export { GraphBuilder, type Value } from "./onnx/graph-builder.js";
export { onnxType } from "./onnx/model.js";
export { type OnnxSummary, readModel } from "./onnx/read-model.js";
export * from "./ops/index.js";
export type { AdamSpec } from "./optim/adam.js";
export type { AdamWSpec } from "./optim/adamw.js";
export {
  clipGradients,
  gradientNorm,
  type NonFiniteGradient,
  NonFiniteGradientError,
} from "./optim/clip-gradients.js";
export { AverageError, emaUpdate, warmedUpDecay } from "./optim/ema.js";
export {
  createOptimizer,
  type LearningRate,
  type Optimizer,
  OptimizerError,
  type OptimizerSpec,
  type OptimizerState,
  type ParameterGroup,
} from "./optim/optimizer.js";
export {
  cosineDecay,
  linearRamp,
  polyDecay,
  type ScheduleSpec,
  scheduleValue,
  sigmoidRamp,
  stepDecay,
} from "./optim/schedules.js";
export type { SgdSpec } from "./optim/sgd.js";
export { type Program, trace } from "./program.js";
export { bernoulliArray, Key, key, normalArray, permutation, RandomStream, uniformArray } from "./random.js";
export { SafetensorsFile, type SafetensorsTensor, writeSafetensors } from "./safetensors.js";
export { type SafetensorsDType, type SafetensorsEntry, SafetensorsError } from "./safetensors-header.js";
export type { Shape, TensorType } from "./shape.js";
export { Tensor } from "./tensor.js";
export {
  type StepResult,
  type TrainedGroup,
  type TrainingPlan,
  type TrainingProgram,
  type TrainingSession,
  type TrainingSnapshot,
  traceTraining,
} from "./training.js";
