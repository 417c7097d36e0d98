import { performance } from "node:perf_hooks";
import {
  buildTrainingProgram,
  initialState,
  type MethodProgram,
  methods,
  models,
  profiles,
  stepNames,
  trainingSettingsSchema,
} from "@hermes-us/hermes";
import { bernoulliArray, type Feeds, type HostArray, key, uniformArray } from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import type { StepTimes } from "./step-ours.js";

/** Labelled and unlabelled images of a step, as in the released code's smallest run. */
const IMAGES = 2;
const SIDE_PX = 128;
const CLASSES = 2;
const source = key(0).fork("paper-step");

/** Times whole steps of Hermes on the paper's networks, with both paths between the tasks and all terms on. */
export async function timePaperStep(steps: number): Promise<StepTimes> {
  const { methodOptions, training } = profiles.paper;
  const settings = trainingSettingsSchema.parse({
    ...training,
    sidePx: SIDE_PX,
    labelledBatch: IMAGES,
    unlabelledBatch: IMAGES,
  });
  const options = methods.hermes.options.parse(methodOptions.hermes);
  const program = buildTrainingProgram({
    method: methods.hermes,
    methodOptions: options,
    model: models.paperPair.build(
      models.paperPair.options.parse({ saliency: "input-gradient", attention: "residual" }),
      { classes: CLASSES, maskClasses: 2, imageChannels: 1 },
    ),
    settings,
    classes: CLASSES,
    pretrained: [],
  });
  const initial = initialState(program, methods.hermes, source.fork("weights"), new Map());
  const numbers = {
    ...methods.hermes.schedule(options, { step: settings.steps / 2, totalSteps: settings.steps }),
    [stepNames.learningRate("segmentation")]: settings.segmentation.learningRate,
    [stepNames.learningRate("classification")]: settings.classification.learningRate,
    [stepNames.averageDecay]: settings.averageDecay,
  };
  const feeds = randomBatch(program, new Set([...Object.keys(initial), ...Object.keys(numbers)]));
  const stepsMs: number[] = [];
  await using engine = await ortNodeEngine({ threads: 2 });
  const started = performance.now();
  await using session = await engine.train(program.training, initial, "taken");
  const createMs = performance.now() - started;
  for (let step = 0; step < steps; step++) {
    const before = performance.now();
    await session.step(feeds, numbers);
    stepsMs.push(performance.now() - before);
  }
  return { stepsMs, createMs };
}

/** Random images with outlines and classes, and the program's random inputs. */
function randomBatch({ training, declarations }: MethodProgram, given: ReadonlySet<string>): Feeds {
  const feeds: Record<string, HostArray> = {};
  for (const [name, { shape, dtype }] of training.program.inputs) {
    if (given.has(name)) continue;
    const length = shape.reduce((a, b) => a * b, 1);
    const mask = declarations.masks.get(name);
    const from = source.fork(name);
    if (dtype === "int32") {
      feeds[name] = { dtype, shape, data: Int32Array.from(bernoulliArray(from, length, 0.5)) };
    } else if (name === stepNames.hasMask || name === stepNames.hasClass) {
      feeds[name] = { dtype: "float32", shape, data: new Float32Array(length).fill(1) };
    } else {
      const data =
        mask === undefined
          ? uniformArray(from, length)
          : Float32Array.from(bernoulliArray(from, length, mask.keepProb));
      feeds[name] = { dtype: "float32", shape, data };
    }
  }
  return feeds;
}
