export { crossEntropy, type Denominator, type KeptPart } from "./cross-entropy.js";
export { type DiceOptions, diceLoss } from "./dice.js";
export {
  type ImageContrastBatch,
  type ImageContrastOptions,
  imageContrast,
  imageContrastPerAnchor,
} from "./image-contrast.js";
export { interTaskConsistency } from "./inter-task-consistency.js";
export { classesPresent, joinVectors, type LabelledVectors } from "./labelled-vectors.js";
export { meanEmbedding } from "./mean-embedding.js";
export {
  bankShapes,
  bankVectors,
  emptyBank,
  type MemoryBank,
  type MemoryBankSpec,
  pushToBank,
} from "./memory-bank.js";
export {
  type PixelAnchorInput,
  type PixelAnchorOptions,
  rasterOrder,
  samplePixelAnchors,
} from "./pixel-anchors.js";
export { type PixelContrastOptions, pixelContrast } from "./pixel-contrast.js";
export { keepOnGrid, labelsOnGrid } from "./pixel-grid.js";
export { classPrototypes, type PrototypeInput, type PrototypeOptions } from "./prototypes.js";
export { type SupervisedSegmentationOptions, supervisedSegmentation } from "./supervised-segmentation.js";
