import { drawOutline, loadModel } from "@hermes-us/hermes/web";

const element = (id) => document.getElementById(id);
const status = (text) => {
  element("status").textContent = text;
};

/** Values as they are in the file: no colour profile, transparency over black. */
async function pixelsOf(file) {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const colours = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    colours.set(data.subarray(from, from + 3), to);
  }
  return { widthPx: bitmap.width, heightPx: bitmap.height, channels: 3, data: colours };
}

function paint(id, { widthPx, heightPx, data }) {
  const canvas = element(id);
  canvas.width = widthPx;
  canvas.height = heightPx;
  const picture = new ImageData(widthPx, heightPx);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    picture.data.set(data.subarray(from, from + 3), to);
    picture.data[to + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function paintMap(id, map, { widthPx, heightPx }) {
  const data = new Uint8Array(3 * map.length);
  for (const [i, value] of map.entries()) data.fill(Math.round(255 * value), 3 * i, 3 * i + 3);
  paint(id, { widthPx, heightPx, data });
}

function row(name, text) {
  const line = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  head.scope = "row";
  head.textContent = name;
  cell.textContent = text;
  line.append(head, cell);
  return line;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The class of an image with nothing outlined tells nothing of a lesion, however likely it is said to be. */
function verdictOf({ abstains, className }, lesionPx) {
  if (lesionPx === 0) return "Nothing outlined: to be looked at by a person";
  return abstains === "yes" ? "Unsure: to be looked at by a person" : className;
}

function show(image, prediction, milliseconds) {
  const abstains = prediction.abstains === "yes";
  paint("outlined", drawOutline(image, prediction.mask, abstains ? "abstained" : "certain"));
  paintMap("uncertainty", prediction.maps.uncertainty, image);
  element("saliency").parentElement.hidden = prediction.maps.saliency === undefined;
  if (prediction.maps.saliency !== undefined) paintMap("saliency", prediction.maps.saliency, image);
  const lesionPx = prediction.mask.reduce((sum, value) => sum + value, 0);
  element("verdict").textContent = verdictOf(prediction, lesionPx);
  element("numbers").replaceChildren(
    ...[...prediction.classProbs].map(([name, probability]) => row(name, percent(probability))),
    row(
      "lesion",
      `${lesionPx.toLocaleString("en")} pixels, ${percent(lesionPx / prediction.mask.length)} of the image`,
    ),
    row("confidence in the outline", percent(prediction.maskConfidence)),
  );
  element("result").hidden = false;
  status(`${image.widthPx} x ${image.heightPx} pixels in ${Math.round(milliseconds)} ms, on this computer`);
}

async function predict(model, file) {
  status(`Reading ${file.name} …`);
  try {
    const image = await pixelsOf(file);
    const started = performance.now();
    show(image, await model.predict(image), performance.now() - started);
  } catch (error) {
    element("result").hidden = true;
    status(`${file.name}: ${error.message}`);
  }
}

async function start() {
  const response = await fetch("/model.onnx");
  const model = await loadModel(new Uint8Array(await response.arrayBuffer()), { wasmPaths: "/ort/" });
  const { title, data, intendedUse } = model.card;
  element("card").textContent = `${title}. Data: ${data.title} (${data.licence}). ${intendedUse}`;
  status("Ready.");
  element("file").addEventListener("change", ({ target }) => {
    if (target.files.length > 0) predict(model, target.files[0]);
  });
  const drop = element("drop");
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file !== undefined) predict(model, file);
  });
}

start().catch((error) => status(`The model does not load: ${error.message}`));
