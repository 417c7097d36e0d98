import type { JointModel } from "../nn/joint-net.js";
import type { Plan } from "../train/plan.js";
import { MASK_CLASSES } from "../train/training-program.js";
import { modelByName } from "./by-name.js";

/** @returns the networks that a plan describes, for grey images */
export function plannedModel({ model: { name, options, classes } }: Plan): JointModel {
  const definition = modelByName(name);
  return definition.build(definition.options.parse(options), {
    classes: classes.length,
    maskClasses: MASK_CLASSES,
    imageChannels: 1,
  });
}
