import { fileURLToPath } from "node:url";
import { outputOf } from "./child-process.js";

/** A Python with PyTorch, which runs the scripts of `bench/yardstick`. */
export interface Yardstick {
  readonly python: string;
  readonly folder: string;
  readonly torch: string;
}

const folder = fileURLToPath(new URL("../yardstick", import.meta.url));
/** In the order they are tried; the first is what `apt-get install python3-torch` serves. */
const PYTHONS = ["/usr/bin/python3", "python3"];

/**
 * Looks for PyTorch: in the program that HERMES_PYTHON names, or else in the system's Python.
 * @returns `null` where there is none
 */
export async function findYardstick(): Promise<Yardstick | null> {
  const chosen = process.env["HERMES_PYTHON"];
  for (const python of chosen === undefined ? PYTHONS : [chosen]) {
    try {
      const torch = (await outputOf(python, ["-c", "import torch; print(torch.__version__)"])).trim();
      return { python, folder, torch };
    } catch {
      // Not there, or without PyTorch: the next one.
    }
  }
  return null;
}

export const NO_YARDSTICK =
  "PyTorch is not there, so ours alone is measured: apt-get install python3-torch, or name a Python with HERMES_PYTHON";
