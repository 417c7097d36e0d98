import {
  type Engine,
  type Executable,
  type HostArray,
  input,
  sliceAxis,
  softmax,
  squeeze,
  trace,
} from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import type { JointModel } from "../nn/joint-net.js";
import { Declarations, Scope } from "../nn/scope.js";

/** Weights of one network by their path in it: parameters and running statistics. */
export type NetworkWeights = ReadonlyMap<string, HostArray>;

/** What the network says of one image, at the network's size. */
export interface NetworkPrediction {
  /** [K] */
  readonly classProbs: Float32Array;
  /** S x S, probability of lesion */
  readonly lesionProbs: Float32Array;
  /** S x S in [0, 1]; `null` where the model has none */
  readonly saliency: Float32Array | null;
}

export interface PredictorRequest {
  readonly engine: Engine;
  readonly model: JointModel;
  readonly sidePx: number;
  /** Images per run; a shorter last batch is filled up and cut off again. */
  readonly batch: number;
}

/** A network in evaluation mode, made ready once and run with any weights. */
export interface Predictor extends AsyncDisposable {
  /** Names of the weights that it is run with. */
  readonly weights: readonly string[];
  /** @param images grey, S x S each, 0 to 1 */
  predict(weights: NetworkWeights, images: readonly Float32Array[]): Promise<NetworkPrediction[]>;
}

/** The names of the outputs of a traced network in evaluation mode. */
export interface EvaluationProgram {
  readonly program: ReturnType<typeof trace>;
  /** Names of the weights that it is fed. */
  readonly weights: readonly string[];
  readonly saliency: "saliency" | "none";
}

/** Traces a joint network in evaluation mode with image batches [N, 1, S, S] under the name `image`. */
export function traceEvaluation(model: JointModel, sidePx: number, batch: number): EvaluationProgram {
  const declarations = new Declarations();
  const output = model(new Scope(declarations, "", "evaluate"), input("image", [batch, 1, sidePx, sidePx]));
  const lesion = squeeze(sliceAxis(softmax(output.maskLogits, 1), 1, 1, 2), [1]);
  const outputs = { classProbs: softmax(output.classLogits, 1), lesionProbs: lesion };
  const program = trace(output.saliency === null ? outputs : { ...outputs, saliency: output.saliency });
  const weights = [...program.inputs.keys()].filter((name) => name !== "image");
  return { program, weights, saliency: output.saliency === null ? "none" : "saliency" };
}

class EnginePredictor implements Predictor {
  constructor(
    private readonly executable: Executable,
    private readonly traced: EvaluationProgram,
    private readonly request: PredictorRequest,
  ) {}

  get weights(): readonly string[] {
    return this.traced.weights;
  }

  async predict(weights: NetworkWeights, images: readonly Float32Array[]): Promise<NetworkPrediction[]> {
    const { batch, sidePx } = this.request;
    const area = sidePx ** 2;
    const fixed = Object.fromEntries(this.weights.map((name) => [name, weightNamed(weights, name)]));
    const predictions: NetworkPrediction[] = [];
    for (let start = 0; start < images.length; start += batch) {
      const part = images.slice(start, start + batch);
      const data = new Float32Array(batch * area);
      for (const [i, image] of part.entries()) data.set(image, i * area);
      const shape = [batch, 1, sidePx, sidePx];
      const fetched = await this.executable.run({ ...fixed, image: { dtype: "float32", shape, data } });
      const row = (name: string, i: number) => {
        const all = fetched[name]!.data as Float32Array;
        return all.slice((i * all.length) / batch, ((i + 1) * all.length) / batch);
      };
      for (const i of part.keys()) {
        predictions.push({
          classProbs: row("classProbs", i),
          lesionProbs: row("lesionProbs", i),
          saliency: this.traced.saliency === "none" ? null : row("saliency", i),
        });
      }
    }
    return predictions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.executable[Symbol.asyncDispose]();
  }
}

/** @throws UserError for weights of another network, as those of a run whose code built its model otherwise */
export function weightNamed(weights: NetworkWeights, name: string): HostArray {
  const array = weights.get(name);
  if (array !== undefined) return array;
  throw UserError.of(
    "the weights of the model",
    `no ${name}`,
    "weights of the network that the run's plan describes in this version of hermes",
    "use the version that trained the run, or train it again",
  );
}

/** Makes a network ready for prediction on an engine. */
export async function createPredictor(request: PredictorRequest): Promise<Predictor> {
  const traced = traceEvaluation(request.model, request.sidePx, request.batch);
  return new EnginePredictor(await request.engine.compile(traced.program), traced, request);
}
