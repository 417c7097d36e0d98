import { readModel } from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import { type ModelCard, MODEL_FORMAT, readCard } from "./model-card.js";

export interface ModelFile {
  readonly card: ModelCard;
  readonly weightsSha256: string;
  readonly weightsBytes: number;
  readonly opset: number;
  readonly outputs: readonly string[];
}

/**
 * Reads and checks a model file without running it.
 * @param name what to call the file in an error
 * @throws UserError if it is cut off, not a model of Hermes, of another version, or its weights were changed
 */
export function readModelFile(bytes: Uint8Array, name = "model file"): ModelFile {
  const summary = summaryOf(bytes, name);
  const read = readCard(summary.metadata);
  if ("kind" in read) {
    switch (read.kind) {
      case "foreign":
        throw refused(name, "an ONNX model of another program");
      case "version":
        throw UserError.of(
          name,
          `a model file of format ${read.version}`,
          `format ${MODEL_FORMAT}`,
          "export the run again with this version of hermes, or use the version that wrote the file",
        );
      case "broken":
        throw refused(name, `a model card that cannot be read (${read.detail})`);
      default:
        return read satisfies never;
    }
  }
  if (read.weightsSha256 !== summary.weightsSha256)
    throw refused(name, "weights that do not match their checksum");
  const { weightsSha256, weightsBytes, opset, outputs } = summary;
  return { card: read.card, weightsSha256, weightsBytes, opset, outputs };
}

function summaryOf(bytes: Uint8Array, name: string) {
  try {
    return readModel(bytes);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw refused(name, `${bytes.length} bytes that are no whole ONNX model (${detail})`);
  }
}

function refused(name: string, got: string): UserError {
  return UserError.of(
    name,
    got,
    "a whole file written by `hermes export`",
    "copy the file again from its source, or export the run again",
  );
}
