import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serialiseManifest } from "../../data/manifest.js";
import type { Manifest, Sample } from "../../data/sample.js";
import { key } from "../../random.js";
import { DATASET_FOLDER_NAME, type Dataset, openDataset } from "../dataset-folder.js";
import { encodePng } from "../image-codec.js";
import { sha256Bytes } from "../sha256-file.js";

const WIDTH = 40;
const HEIGHT = 30;

/**
 * A data set of noise with a dark rectangle as the lesion, in a new temporary folder. Image i is benign, malignant
 * or of no class in turn; every fourth has no outline.
 */
export async function makeSmallDataset(count: number): Promise<Dataset> {
  const folder = await mkdtemp(join(tmpdir(), "hermes-small-"));
  const samples: Sample[] = [];
  for (let i = 0; i < count; i++) samples.push(await writeSample(folder, i));
  const manifest: Manifest = {
    header: {
      kind: "hermes-manifest",
      version: 1,
      format: "generic",
      title: "Small <test> set",
      root: "..",
      classes: ["benign", "malignant"],
      licence: "CC0",
      citation: null,
    },
    samples: samples.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
  await write(join(folder, DATASET_FOLDER_NAME, "manifest.jsonl"), serialiseManifest(manifest));
  return openDataset(folder);
}

async function writeSample(folder: string, i: number): Promise<Sample> {
  const stream = key("small").fork(i).stream();
  const isLesion = (at: number) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    return x >= 8 + (i % 5) && x < 24 && y >= 6 && y < 20 + (i % 7);
  };
  const area = Array.from({ length: WIDTH * HEIGHT }, (_, at) => at);
  const image = await grey(area.map((at) => (isLesion(at) ? 20 : 120) + stream.integer(0, 100)));
  const mask = await grey(area.map((at) => (isLesion(at) ? 255 : 0)));
  const id = `images/it's "${i}" & <more>`;
  await write(join(folder, `${id}.png`), image);
  const maskPath = `masks/${i}.png`;
  await write(join(folder, maskPath), mask);
  return {
    id,
    image: `${id}.png`,
    widthPx: WIDTH,
    heightPx: HEIGHT,
    masks: i % 4 === 3 ? null : [{ kind: "file", path: maskPath, sha256: sha256Bytes(mask) }],
    className: ["benign", "malignant", null][i % 3] ?? null,
    group: null,
    excluded: null,
    source: "small",
    licence: "CC0",
    sha256: sha256Bytes(image),
    attributes: {},
  };
}

function grey(values: readonly number[]): Promise<Uint8Array> {
  return encodePng({ widthPx: WIDTH, heightPx: HEIGHT, channels: 1, data: Uint8Array.from(values) });
}

async function write(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, data);
}
