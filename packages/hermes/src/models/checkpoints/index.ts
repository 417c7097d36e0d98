export {
  applyCheckpoint,
  type CheckpointPlace,
  type CheckpointReport,
  checkCheckpointReport,
} from "./apply-checkpoint.js";
export { type CheckpointTensor, type CheckpointTensors, checkpointTensors } from "./checkpoint.js";
export { type CalibrationBatch, loadMobileNetFolded } from "./folded-mobilenet.js";
export { type CheckpointMapping, type CheckpointMappingName, checkpointMappings } from "./mappings.js";
export { type MobileNetForm, mobileNetForm } from "./mobilenet-form.js";
export { isWeightsName, type WeightsName, type WeightsSource, weightsSources } from "./sources.js";
