/**
 * The script of the page on which the browser tests run: trains the tiny network on ONNX Runtime Web as the query says
 * (`provider`, `threads`, `wasmPaths`) and leaves the result as JSON in the page.
 */
import { type OrtWebOptions, ortWebEngine } from "../engines/ort-web/index.js";
import { trajectoryOn } from "./trajectory.js";

async function run(query: URLSearchParams): Promise<object> {
  const provider = query.get("provider") === "webgpu" ? "webgpu" : "wasm";
  const threads = query.get("threads");
  const wasmPaths = query.get("wasmPaths");
  const options: OrtWebOptions = {
    provider,
    ...(threads === null ? {} : { threads: Number(threads) }),
    ...(wasmPaths === null ? {} : { wasmPaths }),
  };
  await using engine = await ortWebEngine(options);
  return { engine: engine.name, trajectory: await trajectoryOn(engine) };
}

async function report(): Promise<void> {
  const output = document.createElement("output");
  try {
    output.textContent = JSON.stringify(await run(new URLSearchParams(location.search)));
  } catch (error) {
    output.textContent = JSON.stringify({ error: String(error) });
  }
  document.body.append(output);
}

await report();
