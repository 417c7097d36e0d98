import type { PlantedPhantom } from "./plant.js";

export const layoutNames = ["bus-bra", "busi", "ddti", "udiat", "sz-tus", "generic"] as const;
export type LayoutName = (typeof layoutNames)[number];

/** Where the parts of one image go; paths relative to the set's folder. */
export interface Placement {
  readonly image: string;
  readonly imageFormat: "png" | "jpeg";
  /** `null`: the outline is not a file of its own. */
  readonly mask: string | null;
}

export interface Layout {
  readonly name: LayoutName;
  /** @param place number of the image in the set, from 0. */
  place(image: PlantedPhantom, place: number, memory: LayoutMemory): Placement;
  /** @returns the text files that describe all images, by relative path. */
  describe(images: readonly PlacedPhantom[]): Record<string, string>;
}

/** Running numbers that names are made of. */
export type LayoutMemory = Map<string, number>;

/** What a layout's tables need of an image once it is written. */
export interface PlacedPhantom extends Placement {
  readonly className: PlantedPhantom["className"];
  /** From 1, in the order of first appearance. */
  readonly patient: number;
  readonly view: number;
  readonly device: string;
  readonly suspicion: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly outlinePx: readonly (readonly [number, number])[];
}

const SIDES = ["l", "r", "s"] as const;
const SIDE_NAMES = { l: "left", r: "right", s: "second" } as const;

const busBra: Layout = {
  name: "bus-bra",
  place({ patient, view }, _place, memory) {
    const stem = `${pad(patientNumber(patient, memory), 4)}-${sideOf(view)}`;
    return { image: `Images/bus_${stem}.png`, imageFormat: "png", mask: `Masks/mask_${stem}.png` };
  },
  describe: (images) => ({
    "bus_data.csv": table([
      ["ID", "Case", "Histology", "Pathology", "BIRADS", "Device", "Width", "Height", "Side"],
      ...images.map((image) => [
        stemOf(image.image),
        image.patient,
        "phantom",
        image.className,
        biRads(image.suspicion),
        image.device,
        image.widthPx,
        image.heightPx,
        SIDE_NAMES[sideOf(image.view)],
      ]),
    ]),
  }),
};

const busi: Layout = {
  name: "busi",
  place({ className }, _place, memory) {
    const stem = `${className}/${className} (${nextNumber(className, memory)})`;
    return { image: `${stem}.png`, imageFormat: "png", mask: `${stem}_mask.png` };
  },
  describe: () => ({}),
};

const ddti: Layout = {
  name: "ddti",
  place({ patient, view }, _place, memory) {
    return { image: `${patientNumber(patient, memory)}_${view + 1}.jpg`, imageFormat: "jpeg", mask: null };
  },
  describe(images) {
    const cases = new Map<number, PlacedPhantom[]>();
    for (const image of images) cases.set(image.patient, [...(cases.get(image.patient) ?? []), image]);
    return Object.fromEntries(
      [...cases].map(([number, views]) => [`${number}.xml`, ddtiCase(number, views)]),
    );
  },
};

const udiat: Layout = {
  name: "udiat",
  place(_image, place) {
    const name = `${pad(place + 1, 6)}.png`;
    return { image: `original/${name}`, imageFormat: "png", mask: `GT/${name}` };
  },
  describe: (images) => ({
    "DatasetB.csv": table([
      ["Image", "Type"],
      ...images.map(({ image, className }) => [stemOf(image), className]),
    ]),
  }),
};

/** Every third patient is labelled; all have a mask file, as in the set that the form comes from. */
const szTus: Layout = {
  name: "sz-tus",
  place({ patient, view }, _place, memory) {
    const name = `L1-${pad(patientNumber(patient, memory), 4)}-${view + 1}.png`;
    return { image: `images/${name}`, imageFormat: "png", mask: `masks/${name}` };
  },
  describe(images) {
    const labelled = images.filter(({ patient }) => patient % 3 === 1);
    const unlabelled = images.filter(({ patient }) => patient % 3 !== 1);
    return {
      "labeled.txt": lines(
        labelled.map(({ image, mask, className }) => `${image} ${mask} ${classNumber(className)}`),
      ),
      "unlabeled.txt": lines(unlabelled.map(({ image }) => image)),
    };
  },
};

const generic: Layout = {
  name: "generic",
  place({ patient, view }, _place, memory) {
    const name = `p${pad(patientNumber(patient, memory), 4)}_${view + 1}.png`;
    return { image: `images/${name}`, imageFormat: "png", mask: `masks/${name}` };
  },
  describe: (images) => ({
    "data.csv": table([
      ["image", "class", "patient", "device"],
      ...images.map(({ image, className, patient, device }) => [
        fileNameOf(image),
        className,
        patient,
        device,
      ]),
    ]),
  }),
};

export const layouts: { readonly [K in LayoutName]: Layout } = {
  "bus-bra": busBra,
  busi,
  ddti,
  udiat,
  "sz-tus": szTus,
  generic,
};

/** @returns a number from 1 in the order of appearance. */
export function patientNumber(patient: number, memory: LayoutMemory): number {
  const name = `patient ${patient}`;
  const known = memory.get(name);
  if (known !== undefined) return known;
  const number = nextNumber("patients", memory);
  memory.set(name, number);
  return number;
}

function nextNumber(kind: string, memory: LayoutMemory): number {
  const number = (memory.get(kind) ?? 0) + 1;
  memory.set(kind, number);
  return number;
}

function ddtiCase(number: number, views: readonly PlacedPhantom[]): string {
  const marks = views.map(({ image, outlinePx }) => {
    const points = outlinePx.map(([x, y]) => ({ x: Math.round(10 * x) / 10, y: Math.round(10 * y) / 10 }));
    const svg = JSON.stringify([{ points, annotation: "", regionType: "freehand" }]);
    const name = stemOf(image).split("_")[1];
    return `<mark><image>${name}</image><svg>${outlinePx.length === 0 ? "" : svg}</svg></mark>`;
  });
  const first = views[0]!;
  return `<case><number>${number}</number><age></age><sex></sex><tirads>${tiRads(first)}</tirads>${marks.join("")}</case>\n`;
}

function tiRads({ className, suspicion }: PlacedPhantom): string {
  if (className === "malignant") return suspicion > 1.6 ? "5" : suspicion > 0.8 ? "4c" : "4b";
  return suspicion < -1.1 ? "2" : "3";
}

function biRads(suspicion: number): number {
  return suspicion < -1.3 ? 2 : suspicion < -0.3 ? 3 : suspicion < 1.6 ? 4 : 5;
}

function sideOf(view: number): (typeof SIDES)[number] {
  return SIDES[view % SIDES.length]!;
}

function classNumber(className: PlacedPhantom["className"]): 0 | 1 {
  return className === "malignant" ? 1 : 0;
}

function table(rows: readonly (readonly (string | number)[])[]): string {
  return lines(rows.map((row) => row.join(",")));
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function stemOf(path: string): string {
  return fileNameOf(path).replace(/\.\w+$/, "");
}
