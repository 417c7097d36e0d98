export { clip, leakyRelu, relu, relu6, sigmoid, softplus, tanh } from "./activations.js";
export { argmax, argmin } from "./arg-extreme.js";
export { add, addAll, divide, multiply, negate, subtract } from "./arithmetic.js";
export { broadcastTo, sumTo } from "./broadcast.js";
export { cast } from "./cast.js";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
} from "./compare.js";
export { concat, stack } from "./concat.js";
export { amplitude, dft2, inverseDft2, type Spectrum } from "./dft.js";
export { dropout } from "./dropout.js";
export { abs, exp, log, pow, reciprocal, sign, sqrt, square } from "./elementwise.js";
export { flip } from "./flip.js";
export { gather, scatterAdd } from "./gather.js";
export { l2Normalize } from "./l2-normalize.js";
export { constant, input, onesLike, stopGradient, zerosLike } from "./leaf.js";
export { linear } from "./linear.js";
export { matmul } from "./matmul.js";
export {
  type Affine,
  groupNorm,
  instanceNorm,
  layerNorm,
  type NormOptions,
  standardize,
} from "./normalize.js";
import "./normalize-composites.js";
export { oneHot } from "./one-hot.js";
export { logSumExp, max, mean, min, type ReduceOptions, sum, variance } from "./reduce.js";
export { reshape, squeeze, unsqueeze } from "./reshape.js";
export { type ResizeSize, resizeBilinear, resizeNearest } from "./resize.js";
export { maximum, minimum, where } from "./select.js";
export { pad, slice, sliceAxis, split } from "./slice.js";
export { logSoftmax, softmax } from "./softmax.js";
export { step } from "./step.js";
export { scatterAddAlong, takeAlong } from "./take-along.js";
export { repeat, tile } from "./tile.js";
export { topK, type TopKOptions } from "./top-k.js";
export { transpose } from "./transpose.js";
export { type BatchNormResult, batchNorm, batchNormBy } from "./batch-norm.js";
export { type ConvTransposeOptions, conv2d, convTranspose2d } from "./conv.js";
export type { ConvOptions } from "./conv-geometry.js";
export { averagePool2d, globalAveragePool, maxPool2d } from "./pool.js";
export type { PoolOptions } from "./pool-geometry.js";
export { sumSquares } from "./sum-squares.js";
